namespace Mend.Models.Families;

/// <summary>Mistral 7B (Jiang et al., 2023) as Hugging Face stores it: Llama with a sliding window in every layer.</summary>
internal sealed class Mistral : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["mistral"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = LlamaLayout.Read(config, new LlamaDefaults(Vocabulary: 32000, Inner: 14336, Positions: 4096 * 32, KeyHeads: 8));

        // Absent means 4096, as in the first release; null, as in later ones, means no window.
        int? window = SlidingWindow.Size(config, 4096);
        return (layout with { Window = SlidingWindow.Read(config, window, layout.Layers, first: 0) }).Describe();
    }
}
