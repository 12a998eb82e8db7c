namespace Mend.Models.Families;

/// <summary>Where the norms of a layer stand, by their names under "model.layers.3"; null where there is none.</summary>
/// <param name="BeforeAttention">On what enters the attention.</param>
/// <param name="AfterAttention">On what the attention returns.</param>
/// <param name="BeforeMlp">On what enters the MLP.</param>
/// <param name="AfterMlp">On what the MLP returns.</param>
internal sealed record BlockNorms(string? BeforeAttention, string? AfterAttention, string? BeforeMlp, string? AfterMlp)
{
    private const string Input = "input_layernorm", PostAttention = "post_attention_layernorm", PostMlp = "post_feedforward_layernorm";

    /// <summary>Before each part (Llama).</summary>
    public static BlockNorms Before { get; } = new(Input, null, PostAttention, null);

    /// <summary>After each part (OLMo 2).</summary>
    public static BlockNorms After { get; } = new(null, PostAttention, null, PostMlp);

    /// <summary>Before and after each part (Gemma 2 and 3).</summary>
    public static BlockNorms Around { get; } = new(Input, PostAttention, "pre_feedforward_layernorm", PostMlp);

    /// <summary>One before both parts, which work side by side (Cohere).</summary>
    public static BlockNorms Once { get; } = new(Input, null, null, null);
}
