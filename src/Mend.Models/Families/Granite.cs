namespace Mend.Models.Families;

/// <summary>Granite 3 (Granite Team, 2024) as Hugging Face stores it: Llama with factors on embeddings, residual sums, scores and logits.</summary>
internal sealed class Granite : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["granite"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = LlamaLayout.Read(config, new LlamaDefaults(Vocabulary: 32000, Inner: 11008, Positions: 2048));
        bool bias = config.Bool("attention_bias", false);
        return (layout with
        {
            QueryBias = bias,
            OutputBias = bias,
            MlpBias = config.Bool("mlp_bias", false),
            EmbeddingScale = (float)config.Number("embedding_multiplier", 1),
            ResidualScale = (float)config.Number("residual_multiplier", 1),
            ScoreScale = (float)config.Number("attention_multiplier", 1),
            LogitScale = (float)(1 / config.Positive("logits_scaling", 1)),
        }).Describe();
    }
}
