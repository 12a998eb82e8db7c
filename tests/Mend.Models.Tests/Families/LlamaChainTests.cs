using Mend.Models.Tests.Families.Naive;

namespace Mend.Models.Tests.Families;

/// <summary>Llama, Mistral, Qwen 2 and Qwen 3 with their options, forward and backward, against a naive float64 computation.</summary>
public sealed class LlamaChainTests
{
    private const int Width = 24, Inner = 20, Vocabulary = 31;

    public static TheoryData<string, Variant> Variants { get; } = new()
    {
        { "llama with biases, tied, own head size", new("llama", 2, 8, [null, null], """ "attention_bias": true, "mlp_bias": true, "tie_word_embeddings": true, "head_dim": 8 """) { Tied = true } },
        { "llama, linear scaling", new("llama", 4, 6, [null, null], """ "rope_scaling": {"type": "linear", "factor": 2.0}, "rope_theta": 500.0 """) { Shrink = 2, Theta = 500 } },
        { "mistral with a window", new("mistral", 2, 6, [3, 3], """ "sliding_window": 3 """) },
        { "mistral without", new("mistral", 1, 6, [null, null], """ "sliding_window": null """) },
        { "qwen2, window from block 1 on", new("qwen2", 2, 6, [null, 3], """ "sliding_window": 3, "use_sliding_window": true, "max_window_layers": 1, "tie_word_embeddings": true """) { Tied = true } },
        { "qwen2, window not used", new("qwen2", 2, 6, [null, null], """ "sliding_window": 3, "max_window_layers": 0 """) },
        { "qwen3, layer types", new("qwen3", 2, 8, [4, null], """ "head_dim": 8, "sliding_window": 4, "use_sliding_window": true, "layer_types": ["sliding_attention", "full_attention"] """) },
        { "qwen3 with biases", new("qwen3", 4, 4, [null, null], """ "head_dim": 4, "attention_bias": true, "rope_parameters": {"rope_theta": 700.0, "rope_type": "default"} """) { Theta = 700 } },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Forward_PaddedBatch_IsTheNaiveComputationOfEachText(string name, Variant variant)
    {
        using SyntheticCheckpoint checkpoint = new(variant.Json, seed: 7);

        ChainComparison.Forward(name, checkpoint, variant.Naive(checkpoint.Weights));
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Backward_FromTheLogitsToTheEmbeddings_IsTheDirectionalDerivative(string name, Variant variant)
    {
        using SyntheticCheckpoint checkpoint = new(variant.Json, seed: 11);

        ChainComparison.Backward(name, checkpoint, variant.Naive(checkpoint.Weights));
    }

    /// <summary>A configuration, and what it means.</summary>
    public sealed record Variant(string Family, int KeyHeads, int HeadSize, int?[] Windows, string Options)
    {
        public bool Tied { get; init; }

        public double Shrink { get; init; } = 1;

        public double Theta { get; init; } = 10000;

        internal string Json => $$"""
            {"model_type": "{{Family}}", "hidden_size": {{Width}}, "intermediate_size": {{Inner}}, "num_hidden_layers": {{Windows.Length}},
             "num_attention_heads": 4, "num_key_value_heads": {{KeyHeads}}, "vocab_size": {{Vocabulary}}, "rms_norm_eps": 1e-5,
             "max_position_embeddings": 64, {{Options}}}
            """;

        internal NaiveLlama Naive(Dictionary<string, double[]> weights) =>
            new(weights, Width, Inner, 4, KeyHeads, HeadSize, 1e-5) { Tied = Tied, Windows = Windows, Shrink = Shrink, Theta = Theta };

        public override string ToString() => Family;
    }
}
