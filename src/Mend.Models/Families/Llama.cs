namespace Mend.Models.Families;

/// <summary>Llama 1 to 3.3 (Touvron et al., 2023) as Hugging Face stores it.</summary>
internal sealed class Llama : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["llama"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = LlamaLayout.Read(config, new LlamaDefaults(Vocabulary: 32000, Inner: 11008, Positions: 2048));
        bool bias = config.Bool("attention_bias", false);
        return (layout with { QueryBias = bias, OutputBias = bias, MlpBias = config.Bool("mlp_bias", false) }).Describe();
    }
}
