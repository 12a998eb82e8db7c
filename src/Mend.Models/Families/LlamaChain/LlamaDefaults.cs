using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>What absent options mean and what some are called, where the families of Llama's chain differ.</summary>
/// <param name="Vocabulary">vocab_size.</param>
/// <param name="Inner">intermediate_size.</param>
/// <param name="Positions">max_position_embeddings.</param>
/// <param name="KeyHeads">num_key_value_heads; null means as many as query heads.</param>
/// <param name="HeadSize">head_dim; null means the width over the heads.</param>
internal sealed record LlamaDefaults(int Vocabulary, int Inner, int Positions, int? KeyHeads = null, int? HeadSize = null)
{
    /// <summary>hidden_size.</summary>
    public int Width { get; init; } = 4096;

    /// <summary>num_hidden_layers.</summary>
    public int Layers { get; init; } = 32;

    /// <summary>num_attention_heads.</summary>
    public int Heads { get; init; } = 32;

    /// <summary>The option of ε.</summary>
    public string EpsilonOption { get; init; } = "rms_norm_eps";

    /// <summary>ε.</summary>
    public double Epsilon { get; init; } = 1e-6;

    /// <summary>The option of the MLP's function.</summary>
    public string ActivationOption { get; init; } = "hidden_act";

    /// <summary>The MLP's function.</summary>
    public string Activation { get; init; } = "silu";

    /// <summary>tie_word_embeddings.</summary>
    public bool Tied { get; init; }

    /// <summary>rope_theta.</summary>
    public double Theta { get; init; } = 10000;

    /// <summary>Whether rotary pairs are neighbours instead of halves.</summary>
    public bool Interleaved { get; init; }

    /// <summary>How the options of rotary positions are read.</summary>
    public Func<ConfigReader, RotaryDefaults, RotaryScheme> Rotary { get; init; } = RotaryOptions.Read;

    /// <summary>What is turned of a head, in families whose head_dim says nothing of use; null means head_dim.</summary>
    public int? Turned { get; init; }
}
