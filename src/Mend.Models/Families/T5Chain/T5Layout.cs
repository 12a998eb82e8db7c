using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>What all blocks of a T5 share.</summary>
internal sealed record T5Layout
{
    public required int Width { get; init; }

    public required int Inner { get; init; }

    public required int Heads { get; init; }

    /// <summary>Entries of a head; heads · size need not be the width.</summary>
    public required int HeadSize { get; init; }

    public required float Epsilon { get; init; }

    public required UnaryOp Activation { get; init; }

    /// <summary>Whether the MLP multiplies two branches.</summary>
    public required bool Gated { get; init; }

    /// <summary>Number of ranges of relative distances.</summary>
    public required int Buckets { get; init; }

    /// <summary>Distance from which on all share the last range.</summary>
    public required int Farthest { get; init; }

    /// <summary>Reads the options.</summary>
    /// <param name="config">The configuration.</param>
    /// <exception cref="ModelException">An option is malformed, or dense_act_fn and is_gated_act contradict feed_forward_proj.</exception>
    public static T5Layout Read(ConfigReader config)
    {
        const string Gate = "gated-";
        string projection = config.String("feed_forward_proj", "relu");
        bool gated = projection.StartsWith(Gate, StringComparison.Ordinal);
        string name = gated ? projection[Gate.Length..] : projection;

        // "gated-gelu" has meant the tanh approximation since T5 1.1; dense_act_fn says the same in newer files.
        name = gated && name == "gelu" ? "gelu_new" : name;
        string written = config.String("dense_act_fn", name);
        if (written != name || config.Bool("is_gated_act", gated) != gated)
        {
            throw new ModelException(
                $"'{config.Source}' has feed_forward_proj = \"{projection}\" but dense_act_fn = \"{written}\" or another is_gated_act; they must agree.");
        }

        return new T5Layout
        {
            Width = config.Size("d_model", 512),
            Inner = config.Size("d_ff", 2048),
            Heads = config.Size("num_heads", 8),
            HeadSize = config.Size("d_kv", 64),
            Epsilon = (float)config.Number("layer_norm_epsilon", 1e-6),
            Activation = Activations.Named(config, name),
            Gated = gated,
            Buckets = config.Size("relative_attention_num_buckets", 32),
            Farthest = config.Size("relative_attention_max_distance", 128),
        };
    }
}
