namespace Mend.Models.Families;

/// <summary>Qwen 3 (Yang et al., 2025) as Hugging Face stores it: Llama with a norm on every query and key head.</summary>
internal sealed class Qwen3 : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["qwen3"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = LlamaLayout.Read(
            config, new LlamaDefaults(Vocabulary: 151936, Inner: 22016, Positions: 32768, KeyHeads: 32, HeadSize: 128));
        bool bias = config.Bool("attention_bias", false);
        return (layout with { QueryBias = bias, OutputBias = bias, HeadNorm = HeadNorms.Shared, Window = Qwen2.Window(config, layout.Layers) }).Describe();
    }
}
