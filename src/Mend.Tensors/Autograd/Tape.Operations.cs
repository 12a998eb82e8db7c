namespace Mend.Tensors;

public sealed partial class Tape
{
    /// <summary>Y = X·Wᵀ + bias with a frozen weight; see <see cref="IEngine.Linear"/>.</summary>
    /// <param name="x">[…, in].</param>
    /// <param name="weight">The frozen weight.</param>
    /// <param name="bias">[out], frozen, or null.</param>
    public Value Linear(Value x, Weight weight, Tensor? bias = null) => Result(
        Engine.Linear(x.Data, weight, bias),
        dy => Contribute(x, Engine.LinearInputGradient(dy, weight)),
        x);

    /// <summary>op(A)·op(B) over the last two axes; see <see cref="IEngine.MatMul"/>.</summary>
    /// <param name="a">[…, m, k] before transposition.</param>
    /// <param name="b">[…, k, n] before transposition.</param>
    /// <param name="transposeA">Use Aᵀ.</param>
    /// <param name="transposeB">Use Bᵀ.</param>
    public Value MatMul(Value a, Value b, bool transposeA = false, bool transposeB = false) => Result(
        Engine.MatMul(a.Data, b.Data, transposeA, transposeB),
        dy =>
        {
            if (a.RequiresGradient)
            {
                Contribute(a, transposeA
                    ? Engine.MatMul(b.Data, dy, transposeB, true)
                    : Engine.MatMul(dy, b.Data, false, !transposeB));
            }

            if (b.RequiresGradient)
            {
                Contribute(b, transposeB
                    ? Engine.MatMul(dy, a.Data, true, transposeA)
                    : Engine.MatMul(a.Data, dy, !transposeA, false));
            }
        },
        a,
        b);

    /// <summary>A + B with broadcasting.</summary>
    /// <param name="a">Any shape.</param>
    /// <param name="b">A shape that broadcasts with A's.</param>
    public Value Add(Value a, Value b) => Result(
        Engine.Add(a.Data, b.Data),
        dy =>
        {
            ContributeSum(a, dy);
            ContributeSum(b, dy);
        },
        a,
        b);

    /// <summary>A ⊙ B with broadcasting.</summary>
    /// <param name="a">Any shape.</param>
    /// <param name="b">A shape that broadcasts with A's.</param>
    public Value Multiply(Value a, Value b) => Result(
        Engine.Multiply(a.Data, b.Data),
        dy =>
        {
            if (a.RequiresGradient)
            {
                using Tensor da = Engine.Multiply(dy, b.Data);
                ContributeSum(a, da);
            }

            if (b.RequiresGradient)
            {
                using Tensor db = Engine.Multiply(dy, a.Data);
                ContributeSum(b, db);
            }
        },
        a,
        b);

    /// <summary>factor · X.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="factor">The factor.</param>
    public Value Scale(Value x, float factor) => factor == 1f ? x : Result(
        Engine.Scale(x.Data, factor),
        dy => Contribute(x, Engine.Scale(dy, factor)),
        x);

    /// <summary>An element-wise function.</summary>
    /// <param name="op">Which.</param>
    /// <param name="x">Any shape.</param>
    public Value Unary(UnaryOp op, Value x) => Result(
        Engine.Unary(op, x.Data),
        dy => Contribute(x, Engine.UnaryGradient(op, x.Data, dy)),
        x);

    /// <summary>Sums over the axes along which <paramref name="shape"/> would broadcast to X's shape.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="shape">The result's shape.</param>
    public Value SumTo(Value x, Shape shape) => Result(
        Engine.SumTo(x.Data, shape),
        dy => Contribute(x, Engine.Expand(dy, x.Shape)),
        x);

    /// <summary>Repeats along axes of extent 1 up to <paramref name="shape"/>.</summary>
    /// <param name="x">Any shape that broadcasts.</param>
    /// <param name="shape">The result's shape.</param>
    public Value Expand(Value x, Shape shape) => Result(
        Engine.Expand(x.Data, shape),
        dy => Contribute(x, Engine.SumTo(dy, x.Shape)),
        x);

    /// <summary>Layer normalisation with frozen gain and bias; see <see cref="IEngine.LayerNorm"/>.</summary>
    /// <param name="x">[…, n].</param>
    /// <param name="gain">[n].</param>
    /// <param name="bias">[n], or null.</param>
    /// <param name="epsilon">ε.</param>
    public Value LayerNorm(Value x, Tensor gain, Tensor? bias, float epsilon)
    {
        Tensor y = Engine.LayerNorm(x.Data, gain, bias, epsilon, out Tensor statistics);
        _owned.Add(statistics);
        return Result(y, dy => Contribute(x, Engine.LayerNormInputGradient(x.Data, gain, statistics, dy)), x);
    }

    /// <summary>Root-mean-square normalisation with frozen gain; see <see cref="IEngine.RmsNorm"/>.</summary>
    /// <param name="x">[…, n].</param>
    /// <param name="gain">[n].</param>
    /// <param name="epsilon">ε.</param>
    public Value RmsNorm(Value x, Tensor gain, float epsilon)
    {
        Tensor y = Engine.RmsNorm(x.Data, gain, epsilon, out Tensor statistics);
        _owned.Add(statistics);
        return Result(y, dy => Contribute(x, Engine.RmsNormInputGradient(x.Data, gain, statistics, dy)), x);
    }

    /// <summary>softmax(scale·X + bias) over rows, with a bias that gets no gradient.</summary>
    /// <param name="x">[…, n].</param>
    /// <param name="scale">Factor on X.</param>
    /// <param name="bias">Broadcasts to X's shape, or null.</param>
    public Value Softmax(Value x, float scale = 1f, Tensor? bias = null)
    {
        Tensor y = Engine.Softmax(x.Data, scale, bias);
        return Result(y, dy => Contribute(x, Engine.SoftmaxGradient(y, dy, scale)), x);
    }

    /// <summary>log softmax over rows.</summary>
    /// <param name="x">[…, n].</param>
    public Value LogSoftmax(Value x)
    {
        Tensor y = Engine.LogSoftmax(x.Data);
        return Result(y, dy => Contribute(x, Engine.LogSoftmaxGradient(y, dy)), x);
    }

    /// <summary>The same elements under another shape.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="shape">A shape of the same length.</param>
    public Value Reshape(Value x, Shape shape) => x.Shape.Equals(shape) ? x : Result(
        Engine.Reshape(x.Data, shape),
        dy => Contribute(x, Engine.Reshape(dy, x.Shape), exclusive: false),
        x);

    /// <summary>Reorders axes: result axis i is operand axis axes[i].</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="axes">A permutation of its axes.</param>
    public Value Permute(Value x, params int[] axes)
    {
        return Result(
            Engine.Permute(x.Data, axes),
            dy =>
            {
                int[] inverse = new int[axes.Length];
                for (int i = 0; i < axes.Length; i++)
                {
                    inverse[axes[i]] = i;
                }

                Contribute(x, Engine.Permute(dy, inverse));
            },
            x);
    }

    /// <summary>A range start..start+length of one axis.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="axis">The axis; negative ones count from the end.</param>
    /// <param name="start">First index.</param>
    /// <param name="length">Number of indices.</param>
    public Value Narrow(Value x, int axis, int start, int length) => Result(
        Engine.Narrow(x.Data, axis, start, length),
        dy => Contribute(x, Engine.Pad(dy, axis, start, Extent(x, axis))),
        x);

    /// <summary>Joins values along one axis.</summary>
    /// <param name="axis">The axis; negative ones count from the end.</param>
    /// <param name="parts">Equal in all other extents.</param>
    public Value Concat(int axis, params Value[] parts)
    {
        return Result(
            Engine.Concat(Array.ConvertAll(parts, part => part.Data), axis),
            dy =>
            {
                int start = 0;
                foreach (Value part in parts)
                {
                    if (part.RequiresGradient)
                    {
                        Contribute(part, Engine.Narrow(dy, axis, start, Extent(part, axis)));
                    }

                    start += Extent(part, axis);
                }
            },
            parts);
    }

    /// <summary>Rotary position embedding; see <see cref="IEngine.Rotary"/>.</summary>
    /// <param name="x">[batch, sequence, heads, head size].</param>
    /// <param name="cos">[sequence, r].</param>
    /// <param name="sin">[sequence, r].</param>
    /// <param name="interleaved">Which entries form a pair.</param>
    public Value Rotary(Value x, Tensor cos, Tensor sin, bool interleaved) => Result(
        Engine.Rotary(x.Data, cos, sin, interleaved),
        dy => Contribute(x, Engine.Rotary(dy, cos, sin, interleaved, inverse: true)),
        x);

    /// <summary>Chosen rows of a value seen as a matrix.</summary>
    /// <param name="x">[…, n].</param>
    /// <param name="rows">Row numbers.</param>
    public Value GatherRows(Value x, int[] rows) => Result(
        Engine.GatherRows(x.Data, rows),
        dy =>
        {
            Tensor flat = Engine.ScatterRows(dy, rows, checked((int)x.Shape.Rows));
            if (flat.Shape.Equals(x.Shape))
            {
                Contribute(x, flat);
                return;
            }

            using (flat)
            {
                Contribute(x, Engine.Reshape(flat, x.Shape), exclusive: false);
            }
        },
        x);

    /// <summary>A matrix of <paramref name="count"/> zero rows with x's rows added at the given places.</summary>
    /// <param name="x">[rows, n].</param>
    /// <param name="rows">Where each row goes.</param>
    /// <param name="count">Rows of the result.</param>
    public Value ScatterRows(Value x, int[] rows, int count) => Result(
        Engine.ScatterRows(x.Data, rows, count),
        dy => Contribute(x, Engine.GatherRows(dy, rows)),
        x);

    /// <summary>One element per row: x[i, columns[i]].</summary>
    /// <param name="x">[rows, n].</param>
    /// <param name="columns">One column per row.</param>
    public Value Pick(Value x, int[] columns) => Result(
        Engine.Pick(x.Data, columns),
        dy =>
        {
            Tensor flat = Engine.PickGradient(dy, columns, x.Shape.Last);
            Contribute(x, flat);
        },
        x);

    private static int Extent(Value value, int axis) => value.Shape[axis < 0 ? axis + value.Shape.Rank : axis];

    private void ContributeSum(Value value, Tensor gradient)
    {
        if (!value.RequiresGradient)
        {
            return;
        }

        if (gradient.Shape.Equals(value.Shape))
        {
            Contribute(value, Engine.Share(gradient), exclusive: false);
        }
        else
        {
            Contribute(value, Engine.SumTo(gradient, value.Shape));
        }
    }
}
