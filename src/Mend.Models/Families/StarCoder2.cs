using Mend.Models.Execution;

namespace Mend.Models.Families;

/// <summary>StarCoder2 (Lozhkov et al., 2024) as Hugging Face stores it: Llama's attention with layer norms, an MLP without a gate, biases and a window.</summary>
internal sealed class StarCoder2 : IModelFamily
{
    public IReadOnlyList<string> ModelTypes { get; } = ["starcoder2"];

    public ModelArchitecture Describe(ConfigReader config)
    {
        LlamaLayout layout = LlamaLayout.Read(config, new LlamaDefaults(Vocabulary: 49152, Inner: 12288, Positions: 4096, KeyHeads: 2)
        {
            Width = 3072,
            Layers = 30,
            Heads = 24,
            EpsilonOption = "norm_epsilon",
            Epsilon = 1e-5,
            Activation = "gelu_pytorch_tanh",
            Tied = true,
        });
        bool bias = config.Bool("use_bias", true);
        int? window = SlidingWindow.Size(config, null);
        config.RequireText("mlp_type", "default", "its MLPs would be gated");
        config.RequireText("norm_type", "layer_norm", "its norms would be of another kind");
        config.Require("scale_attn_weights", true, "its attention would lack the factor 1/√size");

        // Kernels for float16, and an older name of norm_epsilon; the mathematics is the same.
        config.Ignore("attention_softmax_in_fp32", "scale_attention_softmax_in_fp32", "layer_norm_epsilon", "activation_function");
        return (layout with
        {
            Norms = NormKind.Layer,
            Mlp = MlpStyle.Plain,
            QueryBias = bias,
            OutputBias = bias,
            MlpBias = bias,
            Window = _ => window,
        }).Describe();
    }
}
