namespace Mend.Models.Families;

/// <summary>
/// Command R7B and Command A (Cohere, 2025) as Hugging Face stores them: Cohere with three layers that have a window and rotary positions to
/// each that sees all and knows no positions.
/// </summary>
internal sealed class Cohere2 : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["cohere2"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = Cohere.Read(
            config,
            new LlamaDefaults(Vocabulary: 256000, Inner: 22528, Positions: 8192, HeadSize: 128) { Width = 8192, Layers = 40, Heads = 64 },
            headNorms: false);
        Func<int, int?> window = SlidingWindow.Read(
            config, SlidingWindow.Size(config, 4096), layout.Layers, SlidingWindow.AllButEvery(config, "sliding_window_pattern", config.Int("layer_switch", 4)));

        // Cohere's own description of the same layout.
        config.Ignore("_sliding_window_pattern");
        config.RequireText("order_of_interleaved_layers", "local_attn_first", "the layers would take turns in another order");
        config.RequireText("position_embedding_type", "rope_gptj", "positions would be something else than rotary");
        config.RequireNumber("rotary_pct", 1, "only part of each head would be turned");
        config.Require("use_gated_activation", true, "its MLPs would have no gate");
        config.Require("use_parallel_block", true, "its MLPs would stand after its attention");
        config.Require("use_embedding_sharing", layout.Tied, "the head would be another than tie_word_embeddings says");
        config.Ignore("use_parallel_embedding"); // how the table was split in training
        return (layout with { Window = window, TurnOf = layer => window(layer) is null ? null : layout.TurnOf(layer) }).Describe();
    }
}
