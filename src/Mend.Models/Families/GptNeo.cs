using System.Text.Json;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// GPT-Neo (Black et al., 2021) as Hugging Face stores it: GPT-2's blocks with matrices [out, in], attention without scaling, and
/// layers that see all earlier tokens taking turns with layers that see a window.
/// </summary>
internal sealed class GptNeo : IModelFamily
{
    private const string Global = "global", Local = "local";

    public IReadOnlyList<string> ModelTypes { get; } = ["gpt_neo"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        int width = config.Size("hidden_size", 2048);
        int inner = config.Size("intermediate_size", 4 * width);
        int layers = config.Layers("num_layers", 24);
        int heads = config.Size("num_heads", 16);
        int vocabulary = config.Size("vocab_size", 50257);
        int positions = config.Size("max_position_embeddings", 2048);
        int window = config.Size("window_size", 256);
        float epsilon = (float)config.Number("layer_norm_epsilon", 1e-5);
        UnaryOp activation = Activations.Named(config, config.String("activation_function", "gelu_new"));
        bool tied = config.Tied("lm_head.weight", "transformer.wte.weight", true);
        config.Require("is_encoder_decoder", false, "its blocks attend to an encoder");
        Heads.Check(config, width, heads, "hidden_size", "num_heads");
        string[] kinds = AttentionKinds(config, layers);

        List<StageSpec> stages = [new("embeddings", StageKind.Embedding, p => new Embeddings(p, width, vocabulary, positions))];
        for (int i = 0; i < layers; i++)
        {
            string prefix = $"transformer.h.{i}";
            int? sees = kinds[i] == Local ? window : null;
            stages.Add(new StageSpec($"block {i}", StageKind.Block, p => new Block(p, prefix, width, inner, heads, sees, activation, epsilon)));
        }

        stages.Add(new StageSpec("final norm", StageKind.Norm, p => new NormStage(new Norm(p, "transformer.ln_f", width, epsilon))));
        stages.Add(new StageSpec("head", StageKind.Head, p => new HeadStage(
            p.Matrix(tied ? "transformer.wte.weight" : "lm_head.weight", width, vocabulary), null)));

        return new ModelArchitecture
        {
            Family = "gpt_neo",
            Task = ModelTask.Causal,
            Stages = stages,
            Width = width,
            Heads = heads,
            Vocabulary = vocabulary,
            MaxPositions = positions,
            DefaultEditedLayers = LastBlocks.Of(layers, 3, "transformer.h.{0}.mlp.c_fc.weight", "transformer.h.{0}.mlp.c_proj.weight"),
        };
    }

    /// <summary>attention_types [[["global", "local"], 12]] means that pattern twelve times; attention_layers is the same written out.</summary>
    private static string[] AttentionKinds(ConfigReader config, int layers)
    {
        List<string> kinds = [];
        try
        {
            if (config.Element("attention_types") is { } types)
            {
                foreach (JsonElement run in types.EnumerateArray())
                {
                    string[] pattern = [.. run[0].EnumerateArray().Select(k => k.GetString() ?? "")];
                    kinds.AddRange(Enumerable.Repeat(pattern, run[1].GetInt32()).SelectMany(p => p));
                }

                config.Ignore("attention_layers");
            }
            else if (config.Element("attention_layers") is { } written)
            {
                kinds.AddRange(written.EnumerateArray().Select(k => k.GetString() ?? ""));
            }
            else
            {
                kinds.AddRange(Enumerable.Range(0, layers).Select(i => i % 2 == 0 ? Global : Local));
            }
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw new ModelException($"'{config.Source}' has attention_types that cannot be read; [[[\"global\", \"local\"], {layers / 2}]] is the shape wanted.", e);
        }

        if (kinds.Count != layers || kinds.Exists(k => k is not (Global or Local)))
        {
            throw new ModelException(
                $"'{config.Source}' gives {kinds.Count} layers the attention {string.Join(", ", kinds.Distinct())} and has num_layers = {layers}; " +
                "every layer must be \"global\" or \"local\".");
        }

        return [.. kinds];
    }

    private sealed class Embeddings(ParameterSource parameters, int width, int vocabulary, int positions) : IStage
    {
        private readonly Weight _tokens = parameters.Table("transformer.wte.weight", vocabulary, width);
        private readonly Weight _positions = parameters.Table("transformer.wpe.weight", positions, width);

        public StageState Forward(StageContext context, StageState input) =>
            new(PositionedEmbedding.Forward(context, _tokens, _positions, offset: 0));
    }

    private sealed class Block(
        ParameterSource parameters, string prefix, int width, int inner, int heads, int? window, UnaryOp activation, float epsilon) : IStage
    {
        private readonly Norm _ln1 = new(parameters, $"{prefix}.ln_1", width, epsilon);
        private readonly LinearLayer _q = parameters.Linear($"{prefix}.attn.attention.q_proj", width, width, bias: false);
        private readonly LinearLayer _k = parameters.Linear($"{prefix}.attn.attention.k_proj", width, width, bias: false);
        private readonly LinearLayer _v = parameters.Linear($"{prefix}.attn.attention.v_proj", width, width, bias: false);
        private readonly LinearLayer _out = parameters.Linear($"{prefix}.attn.attention.out_proj", width, width);
        private readonly Norm _ln2 = new(parameters, $"{prefix}.ln_2", width, epsilon);
        private readonly LinearLayer _up = parameters.Linear($"{prefix}.mlp.c_fc", width, inner);
        private readonly LinearLayer _down = parameters.Linear($"{prefix}.mlp.c_proj", inner, width);

        public StageState Forward(StageContext context, StageState input)
        {
            Tape tape = context.Tape;
            Value x = input.RequireHidden();
            Value h = tape.Add(x, context.Linear(_out, Attend(context, _ln1.Forward(tape, x))));
            Value up = tape.Unary(activation, context.Linear(_up, _ln2.Forward(tape, h)));
            return input with { Hidden = tape.Add(h, context.Linear(_down, up)) };
        }

        private Value Attend(StageContext context, Value x)
        {
            Value Head(LinearLayer layer) => Attention.Split(context.Tape, context.Linear(layer, x), heads);
            return CausalAttention.Attend(context, prefix, Head(_q), Head(_k), Head(_v), scale: 1f, window);
        }
    }
}
