namespace Mend.Models.Families;

/// <summary>OLMo 2 (Walsh et al., 2025) as Hugging Face stores it: Llama with norms after each part, and on all queries and all keys together.</summary>
internal sealed class Olmo2 : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["olmo2"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = LlamaLayout.Read(config, new LlamaDefaults(Vocabulary: 50304, Inner: 11008, Positions: 2048) { Epsilon = 1e-5 });
        bool bias = config.Bool("attention_bias", false);
        return (layout with { BlockNorms = BlockNorms.After, HeadNorm = HeadNorms.Whole, QueryBias = bias, OutputBias = bias }).Describe();
    }
}
