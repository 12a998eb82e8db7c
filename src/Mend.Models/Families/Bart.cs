using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// BART (Lewis et al., 2020) as Hugging Face stores it: encoder and decoder with norms after each part, learned positions that start at
/// row 2, one table for tokens and head, and a bias on the logits.
/// </summary>
internal sealed class Bart : IModelFamily
{
    private const string Shared = "model.shared.weight";

    public IReadOnlyList<string> ModelTypes { get; } = ["bart"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        int width = config.Size("d_model", 1024);
        int layers = config.Layers("encoder_layers", 12);
        int decoderLayers = config.Layers("decoder_layers", 12);
        int encoderHeads = config.Size("encoder_attention_heads", 16);
        int decoderHeads = config.Size("decoder_attention_heads", 16);
        int encoderInner = config.Size("encoder_ffn_dim", 4096);
        int decoderInner = config.Size("decoder_ffn_dim", 4096);
        int vocabulary = config.Size("vocab_size", 50265);
        int positions = config.Size("max_position_embeddings", 1024);
        int offset = config.Int("extra_pos_embeddings", 2);
        float scale = config.Bool("scale_embedding", false) ? MathF.Sqrt(width) : 1f;
        UnaryOp activation = Activations.Named(config, config.String("activation_function", "gelu"));
        bool tied = config.Tied("lm_head.weight", Shared, true);
        int start = config.TokenId("decoder_start_token_id", vocabulary, config.Int("eos_token_id", 2));
        RequireKnownShape(config);
        Heads.Check(config, width, encoderHeads, "d_model", "encoder_attention_heads");
        Heads.Check(config, width, decoderHeads, "d_model", "decoder_attention_heads");

        List<StageSpec> stages =
        [
            new("encoder embeddings", StageKind.Embedding, p => new Embeddings(p, width, vocabulary, positions, offset, scale, decodes: false)),
        ];
        stages.AddRange(Enumerable.Range(0, layers).Select(i => new StageSpec(
            $"encoder block {i}", StageKind.Block, p => new BartBlock(p, $"model.encoder.layers.{i}", width, encoderInner, encoderHeads, activation, decodes: false))));
        stages.Add(new StageSpec(
            "decoder embeddings", StageKind.Embedding, p => new Embeddings(p, width, vocabulary, positions, offset, scale, decodes: true)));
        stages.AddRange(Enumerable.Range(0, decoderLayers).Select(i => new StageSpec(
            $"decoder block {i}", StageKind.Block, p => new BartBlock(p, $"model.decoder.layers.{i}", width, decoderInner, decoderHeads, activation, decodes: true))));
        stages.Add(new StageSpec("head", StageKind.Head, p => new Head(p, width, vocabulary, tied)));

        return new ModelArchitecture
        {
            Family = "bart",
            Task = ModelTask.SequenceToSequence,
            Stages = stages,
            Width = width,
            Heads = Math.Max(encoderHeads, decoderHeads),
            Vocabulary = vocabulary,
            MaxPositions = positions,
            DecoderStart = start,
            DefaultEditedLayers =
            [
                .. LastBlocks.Of(layers, 2, "model.encoder.layers.{0}.fc1.weight", "model.encoder.layers.{0}.fc2.weight"),
                .. LastBlocks.Of(decoderLayers, 2, "model.decoder.layers.{0}.fc1.weight", "model.decoder.layers.{0}.fc2.weight"),
            ],
        };
    }

    /// <summary>Early configurations spell out choices that every published BART makes alike.</summary>
    private static void RequireKnownShape(ConfigReader config)
    {
        config.Require("is_encoder_decoder", true, "it would be one half alone");
        config.Require("normalize_before", false, "norms would stand before each part");
        config.Require("normalize_embedding", true, "embeddings would not be normalised");
        config.Require("add_final_layer_norm", false, "each side would end with one norm more");
        config.Require("static_position_embeddings", false, "positions would be sines");
        config.Require("add_bias_logits", false, "logits would have a second bias");
        config.Ignore("num_hidden_layers", "encoder_layerdrop", "decoder_layerdrop", "force_bos_token_to_be_generated", "eos_token_ids", "num_labels", "save_step");
    }

    private sealed class Embeddings(
        ParameterSource parameters, int width, int vocabulary, int positions, int offset, float scale, bool decodes) : IStage
    {
        private readonly Weight _tokens = parameters.Table(Shared, vocabulary, width);
        private readonly Weight _positions = parameters.Table($"model.{(decodes ? "decoder" : "encoder")}.embed_positions.weight", positions + offset, width);
        private readonly Norm _norm = new(parameters, $"model.{(decodes ? "decoder" : "encoder")}.layernorm_embedding", width, BartBlock.Epsilon);

        public StageState Forward(StageContext context, StageState input)
        {
            int[] ids = decodes ? context.Batch.RequireDecoderIds() : context.Batch.InputIds;
            Value x = PositionedEmbedding.Forward(context, _tokens, _positions, offset, ids, scale);
            return new StageState(_norm.Forward(context.Tape, x), input.Hidden);
        }
    }

    private sealed class Head(ParameterSource parameters, int width, int vocabulary, bool tied) : IStage
    {
        private const string Bias = "final_logits_bias";

        private readonly HeadStage _head = new(parameters.Matrix(tied ? Shared : "lm_head.weight", width, vocabulary), null);

        // A buffer, no parameter: checkpoints of the bare model lack it, and then it is zero.
        private readonly Tensor? _bias = parameters.Contains(Bias, planned: false) ? parameters.Tensor(Bias, [1, vocabulary]) : null;

        public StageState Forward(StageContext context, StageState input)
        {
            StageState output = _head.Forward(context, input);
            return _bias is null ? output : output with { Hidden = context.Tape.Add(output.RequireHidden(), context.Tape.Constant(_bias)) };
        }
    }
}
