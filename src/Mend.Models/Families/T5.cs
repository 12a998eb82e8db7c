using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Families;

/// <summary>
/// T5 1.0 and 1.1 (Raffel et al., 2020; Shazeer, 2020) as Hugging Face stores it: encoder and decoder with root-mean-square norms
/// before each part, no biases, unscaled attention with relative positions, an MLP with relu or gated gelu.
/// </summary>
/// <remarks>
/// Hugging Face clamps hidden states in float16, where T5's MLPs overflow. Here a float16 or bfloat16 checkpoint only stores
/// its weights so: activations and their gradients are float32 throughout, whose range they never leave, and nothing is clamped.
/// </remarks>
internal sealed class T5 : IModelFamily
{
    private const string Shared = "shared.weight", Head = "lm_head.weight";

    public IReadOnlyList<string> ModelTypes { get; } = ["t5"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        T5Layout layout = T5Layout.Read(config);
        int vocabulary = config.Size("vocab_size", 32128);
        int layers = config.Layers("num_layers", 6);
        int decoderLayers = config.Layers("num_decoder_layers", layers);
        bool tied = config.Tied(Head, Shared, true);

        // A tied table is as long as embeddings are, so its logits are made shorter. From version 5 on Hugging Face's library writes that every
        // T5 is tied, and this instead.
        bool scaled = config.Bool("scale_decoder_outputs", config.Bool("tie_word_embeddings", true));
        int start = config.TokenId("decoder_start_token_id", vocabulary, config.Int("pad_token_id", 0));
        config.Require("is_encoder_decoder", true, "it would be an encoder alone");
        config.Ignore("n_positions"); // positions are relative; any length will do

        List<StageSpec> stages =
        [
            new("encoder embeddings", StageKind.Embedding, p => new TokenEmbeddingStage(p.Table(Shared, vocabulary, layout.Width), null)),
        ];
        stages.AddRange(Enumerable.Range(0, layers).Select(i =>
            new StageSpec($"encoder block {i}", StageKind.Block, p => new T5Block(p, layout, $"encoder.block.{i}", decodes: false))));
        stages.Add(new StageSpec("encoder norm", StageKind.Norm, p => new NormStage(new RmsNorm(p, "encoder.final_layer_norm", layout.Width, layout.Epsilon))));
        stages.Add(new StageSpec("decoder embeddings", StageKind.Embedding, p => new DecoderEmbeddings(p.Table(Shared, vocabulary, layout.Width))));
        stages.AddRange(Enumerable.Range(0, decoderLayers).Select(i =>
            new StageSpec($"decoder block {i}", StageKind.Block, p => new T5Block(p, layout, $"decoder.block.{i}", decodes: true))));
        stages.Add(new StageSpec("decoder norm", StageKind.Norm, p => new NormStage(new RmsNorm(p, "decoder.final_layer_norm", layout.Width, layout.Epsilon))));
        stages.Add(new StageSpec("head", StageKind.Head, p => new HeadStage(
            p.Matrix(tied ? Shared : Head, layout.Width, vocabulary), null, scaled ? 1f / MathF.Sqrt(layout.Width) : 1f)));

        string up = layout.Gated ? "wi_0" : "wi";
        return new ModelArchitecture
        {
            Family = "t5",
            Task = ModelTask.SequenceToSequence,
            Stages = stages,
            Width = layout.Width,
            Heads = layout.Heads,
            Vocabulary = vocabulary,
            DecoderStart = start,
            ShiftTargets = false,

            // Two blocks of each side, and of a gated MLP the gate but not wi_1, as the authors have it.
            DefaultEditedLayers =
            [
                .. LastBlocks.Of(layers, 2, $"encoder.block.{{0}}.layer.1.DenseReluDense.{up}.weight", "encoder.block.{0}.layer.1.DenseReluDense.wo.weight"),
                .. LastBlocks.Of(decoderLayers, 2, $"decoder.block.{{0}}.layer.2.DenseReluDense.{up}.weight", "decoder.block.{0}.layer.2.DenseReluDense.wo.weight"),
            ],
        };
    }

    private sealed class DecoderEmbeddings(Weight tokens) : IStage
    {
        public StageState Forward(StageContext context, StageState input) =>
            new(TokenEmbedding.Forward(context, tokens, context.Batch.RequireDecoderIds()), input.Hidden);
    }
}
