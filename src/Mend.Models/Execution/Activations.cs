using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>The activation functions by the names that configurations use.</summary>
public static class Activations
{
    /// <summary>Looks a name up.</summary>
    /// <param name="config">The configuration, for the message.</param>
    /// <param name="name">The option's value, such as "gelu_new".</param>
    /// <exception cref="ModelException">The name is unknown.</exception>
    public static UnaryOp Named(ConfigReader config, string name) => name switch
    {
        "relu" => UnaryOp.Relu,
        "gelu" or "gelu_python" => UnaryOp.GeluErf,
        "gelu_new" or "gelu_pytorch_tanh" or "gelu_python_tanh" or "gelu_fast" or "gelu_accurate" => UnaryOp.GeluTanh,
        "quick_gelu" => UnaryOp.QuickGelu,
        "silu" or "swish" => UnaryOp.Silu,
        "tanh" => UnaryOp.Tanh,
        "sigmoid" => UnaryOp.Sigmoid,
        _ => throw new ModelException(
            $"'{config.Source}' names the activation '{name}'. Supported: relu, gelu, gelu_new, gelu_pytorch_tanh, gelu_fast, quick_gelu, silu, swish, tanh, sigmoid."),
    };
}
