namespace Mend.Tensors;

/// <summary>Element-wise functions of one variable, each with a derivative (<see cref="IEngine.UnaryGradient"/>).</summary>
public enum UnaryOp
{
    /// <summary>max(x, 0); the derivative at exactly 0 is 1 (as torch's clamp(min=0) has it).</summary>
    Relu,

    /// <summary>x·Φ(x) with the error function, to float32 accuracy ("gelu").</summary>
    GeluErf,

    /// <summary>½x(1 + tanh(√(2/π)(x + 0.044715x³))) ("gelu_new", "gelu_pytorch_tanh").</summary>
    GeluTanh,

    /// <summary>x·σ(1.702x) ("quick_gelu").</summary>
    QuickGelu,

    /// <summary>x·σ(x) ("silu", "swish").</summary>
    Silu,

    /// <summary>Hyperbolic tangent.</summary>
    Tanh,

    /// <summary>σ(x) = 1/(1 + e⁻ˣ).</summary>
    Sigmoid,

    /// <summary>log(1 + eˣ), without overflow.</summary>
    Softplus,

    /// <summary>eˣ.</summary>
    Exp,
}
