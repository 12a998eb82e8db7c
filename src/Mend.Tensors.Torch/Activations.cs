using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>
/// Activation functions and their derivatives, written so that they keep float32's accuracy in the tails: libtorch's own gelu,
/// ½x(1 + erf), has lost every digit by x = −6. Results are new tensors of the current dispose scope.
/// </summary>
internal static class Activations
{
    /// <summary>
    /// Kept for good: an operand that is written as a number becomes a native object of its own, which the collector may free while libtorch
    /// still reads it.
    /// </summary>
    private static readonly Scalar Zero = 0f, One = 1, Half = 0.5, MinusHalf = -0.5, MinusRootHalf = -0.70710678118654752, InverseRootTwoPi = 0.39894228040143268,
        TwiceRootTwoOverPi = 1.5957691216057308, Cubic = 0.044715, CubicSlope = 3 * 0.044715, Slant = 1.702, Bound = 30.0, MinusBound = -30.0;

    /// <summary>f(x).</summary>
    public static torch.Tensor Value(UnaryOp op, torch.Tensor x) => op switch
    {
        UnaryOp.Relu => x.clamp_min(Zero),
        UnaryOp.GeluErf => NormalCdf(x).mul_(x),
        UnaryOp.GeluTanh => Sigmoid(TanhInner(x)).mul_(x),
        UnaryOp.QuickGelu => Sigmoid(x.mul(Slant)).mul_(x),
        UnaryOp.Silu => Sigmoid(x.clone()).mul_(x),
        UnaryOp.Tanh => x.tanh(),
        UnaryOp.Sigmoid => Sigmoid(x.clone()),
        UnaryOp.Softplus => x.abs().neg_().exp_().log1p_().add_(x.clamp_min(Zero)),
        UnaryOp.Exp => x.exp(),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "Not an element-wise function."),
    };

    /// <summary>f′(x).</summary>
    public static torch.Tensor Slope(UnaryOp op, torch.Tensor x) => op switch
    {
        UnaryOp.Relu => torch.ones_like(x).masked_fill_(x.lt(Zero), Zero),
        UnaryOp.GeluErf => x.mul(x).mul_(MinusHalf).exp_().mul_(InverseRootTwoPi).mul_(x).add_(NormalCdf(x)),
        UnaryOp.GeluTanh => TanhSlope(x),
        UnaryOp.QuickGelu => GatedSlope(x, Sigmoid(x.mul(Slant)), Slant),
        UnaryOp.Silu => GatedSlope(x, Sigmoid(x.clone()), One),
        UnaryOp.Tanh => OneMinus(x.tanh().square()),
        UnaryOp.Sigmoid => Bell(Sigmoid(x.clone())),
        UnaryOp.Softplus => Sigmoid(x.clone()),
        UnaryOp.Exp => x.exp(),
        _ => throw new ArgumentOutOfRangeException(nameof(op), op, "Not an element-wise function."),
    };

    /// <summary>Φ(x) = ½ erfc(−x/√2).</summary>
    private static torch.Tensor NormalCdf(torch.Tensor x) => x.mul(MinusRootHalf).erfc_().mul_(Half);

    /// <summary>
    /// 1/(1 + exp(−x)), in place. libtorch's own takes another exponential for the elements that are left over when a vector's
    /// width does not divide their number, so that a value's last bits would depend on where it stands; its exp does not.
    /// </summary>
    private static torch.Tensor Sigmoid(torch.Tensor x) => x.neg_().exp_().add_(One).reciprocal_();

    /// <summary>2√(2/π)(x + 0.044715x³): ½(1 + tanh u) = σ(2u).</summary>
    private static torch.Tensor TanhInner(torch.Tensor x)
    {
        // Beyond, the sigmoid inside gelu's tanh form is 0 or 1, and x³ would overflow.
        torch.Tensor bounded = x.clamp(MinusBound, Bound);
        return bounded.square().mul_(Cubic).add_(One).mul_(bounded).mul_(TwiceRootTwoOverPi);
    }

    private static torch.Tensor TanhSlope(torch.Tensor x)
    {
        torch.Tensor s = Sigmoid(TanhInner(x));
        torch.Tensor innerSlope = x.square().mul_(CubicSlope).add_(One).mul_(TwiceRootTwoOverPi);
        return innerSlope.mul_(x).mul_(Bell(s)).add_(s);
    }

    /// <summary>Derivative of x·σ(c x), given s = σ(c x): s + c x s (1 − s).</summary>
    private static torch.Tensor GatedSlope(torch.Tensor x, torch.Tensor s, Scalar c) => Bell(s).mul_(x).mul_(c).add_(s);

    /// <summary>s (1 − s).</summary>
    private static torch.Tensor Bell(torch.Tensor s) => OneMinus(s.clone()).mul_(s);

    /// <summary>1 − x, in place.</summary>
    private static torch.Tensor OneMinus(torch.Tensor x) => x.neg_().add_(One);
}
