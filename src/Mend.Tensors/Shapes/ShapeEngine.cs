using Mend.Tensors.Cpu.Broadcasting;

namespace Mend.Tensors;

/// <summary>
/// An engine that computes nothing: results have their shapes and count as memory, and every element reads as 1, but for rows
/// that a gradient does not reach, which read as 0. What a program does to shapes and memory can so be found out without weights,
/// time or memory: see <see cref="Memory"/>. Operands are checked as every engine checks them. Safe to use from several threads.
/// </summary>
public sealed class ShapeEngine : IMeteredEngine
{
    /// <inheritdoc/>
    public string Name => "shapes";

    /// <inheritdoc/>
    public MemoryMeter Memory { get; } = new();

    // ---- storage -------------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public Tensor Zeros(Shape shape) => New(shape);

    /// <inheritdoc/>
    public Tensor FromHost(ReadOnlySpan<float> data, Shape shape)
    {
        OperandChecks.FromHost(data.Length, shape);
        return New(shape);
    }

    /// <inheritdoc/>
    public void ToHost(Tensor x, Span<float> destination)
    {
        OperandChecks.ToHost(Own(x), destination.Length);
        destination[..checked((int)x.Shape.Length)].Fill(1f);
        foreach ((int row, bool speaks) in (Own(x).Speaks ?? []).Index())
        {
            if (!speaks)
            {
                destination.Slice(row * x.Shape.Last, x.Shape.Last).Clear();
            }
        }
    }

    /// <inheritdoc/>
    public Weight LoadWeight(StoredTensor source, WeightLayout layout)
    {
        OperandChecks.LoadWeight(source);
        return new ShapeWeight(this, source.Name, source.Shape, layout, source.Type, storage: null);
    }

    /// <inheritdoc/>
    public Tensor LoadTensor(StoredTensor source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return New(source.Shape);
    }

    /// <inheritdoc/>
    public void ToHost(Weight w, int firstRow, Span<float> destination)
    {
        _ = OperandChecks.ToHost(Own(w), firstRow, destination.Length);
        destination.Fill(1f);
    }

    /// <inheritdoc/>
    public Tensor Share(Tensor x) => Alias(x, x.Shape, Own(x).Speaks);

    /// <inheritdoc/>
    public Tensor Reshape(Tensor x, Shape shape)
    {
        OperandChecks.Reshape(Own(x), shape);
        return Alias(x, shape, shape.Last == x.Shape.Last ? Own(x).Speaks : null);
    }

    // ---- products ------------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public Tensor Linear(Tensor x, Weight w, Tensor? bias)
    {
        OperandChecks.Linear(Own(x), Own(w), bias);
        return New(x.Shape.With(^1, w.Out));
    }

    /// <inheritdoc/>
    public Tensor LinearInputGradient(Tensor dy, Weight w)
    {
        OperandChecks.LinearInputGradient(Own(dy), Own(w));
        return New(dy.Shape.With(^1, w.In), Own(dy).Speaks);
    }

    /// <inheritdoc/>
    public Tensor Embed(Weight table, ReadOnlySpan<int> ids)
    {
        OperandChecks.Embed(Own(table), ids);
        return New([ids.Length, table.Stored[1]]);
    }

    /// <inheritdoc/>
    public Weight Fold(Weight w, IReadOnlyList<LowRankTerm> terms)
    {
        foreach (LowRankTerm term in terms)
        {
            OperandChecks.Fold(Own(w), term);
        }

        return new ShapeWeight(this, w.Name, w.Stored, w.Layout, DType.F32, new ShapeStorage(Memory, w.Stored.Length * sizeof(float)));
    }

    /// <inheritdoc/>
    public Tensor MatMul(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false)
    {
        (_, int m, _, int n) = OperandChecks.MatMul(Own(a).Shape, Own(b).Shape, transposeA, transposeB);
        return New(a.Shape.With(^2, m).With(^1, n));
    }

    // ---- attention of texts that grow ----------------------------------------------------------------------------

    /// <inheritdoc/>
    public KeyValues NewKeyValues(int heads, int keySize, int valueSize) => new ShapeKeyValues(this, heads, keySize, valueSize);

    /// <inheritdoc/>
    public Tensor Attend(Tensor q, Tensor k, Tensor v, IReadOnlyList<TextKeys> texts, in AttentionSettings settings)
    {
        int width = OperandChecks.Attend(Own(q), Own(k), Own(v), texts, settings);
        foreach (TextKeys text in texts)
        {
            text.Memory.Reserve(text.Rows);
            text.Memory.Advance(text.Rows);
        }

        return New([1, q.Shape[1], width]);
    }

    // ---- element-wise --------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public Tensor Add(Tensor a, Tensor b) =>
        New(BroadcastPlan.ResultShape(nameof(Add), Own(a).Shape, Own(b).Shape), a.Shape.Equals(b.Shape) ? Either(Own(a).Speaks, Own(b).Speaks) : null);

    /// <inheritdoc/>
    public Tensor Multiply(Tensor a, Tensor b)
    {
        Shape shape = BroadcastPlan.ResultShape(nameof(Multiply), Own(a).Shape, Own(b).Shape);
        return New(shape, Rows(a, shape) ?? Rows(b, shape));
    }

    /// <inheritdoc/>
    public Tensor Scale(Tensor x, float factor) => New(Own(x).Shape, Own(x).Speaks);

    /// <inheritdoc/>
    public void Accumulate(Tensor target, Tensor x, float factor = 1f)
    {
        OperandChecks.Same(nameof(Accumulate), Own(target), Own(x));
        Own(target).Speaks = Either(Own(target).Speaks, Own(x).Speaks);
    }

    /// <inheritdoc/>
    public Tensor Expand(Tensor x, Shape shape)
    {
        OperandChecks.Reach(nameof(Expand), Own(x).Shape, shape);
        return New(shape);
    }

    /// <inheritdoc/>
    public Tensor SumTo(Tensor x, Shape shape)
    {
        OperandChecks.Reach(nameof(SumTo), shape, Own(x).Shape);
        return New(shape);
    }

    /// <inheritdoc/>
    public Tensor Unary(UnaryOp op, Tensor x) => Like(x);

    /// <inheritdoc/>
    public Tensor UnaryGradient(UnaryOp op, Tensor x, Tensor dy) => Alike(nameof(UnaryGradient), x, dy);

    // ---- over rows -----------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public Tensor LayerNorm(Tensor x, Tensor gain, Tensor? bias, float epsilon, out Tensor statistics)
    {
        OperandChecks.Vector(nameof(LayerNorm), nameof(gain), Own(gain), Own(x).Shape.Last);
        statistics = New([OperandChecks.RowCount(x.Shape), 2]);
        return Like(x);
    }

    /// <inheritdoc/>
    public Tensor LayerNormInputGradient(Tensor x, Tensor gain, Tensor statistics, Tensor dy) => Alike(nameof(LayerNormInputGradient), x, dy);

    /// <inheritdoc/>
    public Tensor RmsNorm(Tensor x, Tensor gain, float epsilon, out Tensor statistics)
    {
        OperandChecks.Vector(nameof(RmsNorm), nameof(gain), Own(gain), Own(x).Shape.Last);
        statistics = New([OperandChecks.RowCount(x.Shape)]);
        return Like(x);
    }

    /// <inheritdoc/>
    public Tensor RmsNormInputGradient(Tensor x, Tensor gain, Tensor statistics, Tensor dy) => Alike(nameof(RmsNormInputGradient), x, dy);

    /// <inheritdoc/>
    public Tensor Softmax(Tensor x, float scale, Tensor? bias)
    {
        if (bias is not null)
        {
            OperandChecks.Reach(nameof(Softmax), Own(bias).Shape, x.Shape);
        }

        return Like(x);
    }

    /// <inheritdoc/>
    public Tensor SoftmaxGradient(Tensor y, Tensor dy, float scale) => Alike(nameof(SoftmaxGradient), y, dy);

    /// <inheritdoc/>
    public Tensor LogSoftmax(Tensor x) => Like(x);

    /// <inheritdoc/>
    public Tensor LogSoftmaxGradient(Tensor y, Tensor dy) => Alike(nameof(LogSoftmaxGradient), y, dy);

    // ---- layout --------------------------------------------------------------------------------------------------

    /// <inheritdoc/>
    public Tensor Permute(Tensor x, ReadOnlySpan<int> axes) =>
        New(new Shape(Array.ConvertAll(OperandChecks.Permute(Own(x).Shape, axes), axis => x.Shape[axis])));

    /// <inheritdoc/>
    public Tensor Narrow(Tensor x, int axis, int start, int length) =>
        New(x.Shape.With(OperandChecks.Narrow(Own(x).Shape, axis, start, length), length));

    /// <inheritdoc/>
    public Tensor Pad(Tensor x, int axis, int start, int extent) =>
        New(x.Shape.With(OperandChecks.Pad(Own(x).Shape, axis, start, extent), extent));

    /// <inheritdoc/>
    public Tensor Concat(ReadOnlySpan<Tensor> parts, int axis)
    {
        foreach (Tensor part in parts)
        {
            _ = Own(part);
        }

        return New(OperandChecks.Concat(parts, axis).Joined);
    }

    /// <inheritdoc/>
    public Tensor Rotary(Tensor x, Tensor cos, Tensor sin, bool interleaved, bool inverse = false)
    {
        OperandChecks.Rotary(Own(x), Own(cos), Own(sin));
        return Like(x);
    }

    // ---- rows and columns by index -------------------------------------------------------------------------------

    /// <inheritdoc/>
    public Tensor GatherRows(Tensor x, ReadOnlySpan<int> rows)
    {
        OperandChecks.GatherRows(Own(x), rows);
        return New([rows.Length, x.Shape.Last]);
    }

    /// <inheritdoc/>
    public Tensor ScatterRows(Tensor x, ReadOnlySpan<int> rows, int count)
    {
        OperandChecks.ScatterRows(Own(x), rows, count);
        bool[] speaks = new bool[count];
        foreach (int row in rows)
        {
            speaks[row] = true;
        }

        return New([count, x.Shape.Last], speaks);
    }

    /// <inheritdoc/>
    public Tensor Pick(Tensor x, ReadOnlySpan<int> columns)
    {
        OperandChecks.Pick(Own(x), columns);
        return New([columns.Length]);
    }

    /// <inheritdoc/>
    public Tensor PickGradient(Tensor x, ReadOnlySpan<int> columns, int width)
    {
        OperandChecks.PickGradient(Own(x), columns, width);
        return New([columns.Length, width]);
    }

    // ---- answers to the host -------------------------------------------------------------------------------------

    /// <summary>0 for every row: the first of equals.</summary>
    /// <param name="x">A tensor of this engine.</param>
    public int[] ArgMax(Tensor x) => new int[OperandChecks.RowCount(Own(x).Shape)];

    /// <summary>true for every row that is not known to be zero.</summary>
    /// <param name="x">A tensor of this engine.</param>
    public bool[] NonZeroRows(Tensor x) =>
        Own(x).Speaks?.ToArray() ?? [.. Enumerable.Repeat(true, OperandChecks.RowCount(x.Shape))];

    /// <summary>The number of elements.</summary>
    /// <param name="x">A tensor of this engine.</param>
    public double SumOfSquares(Tensor x) => Own(x).Shape.Length;

    /// <inheritdoc/>
    public void AdamStep(Tensor parameter, Tensor firstMoment, Tensor secondMoment, Tensor gradient, in AdamSettings settings) =>
        OperandChecks.AdamStep(Own(parameter), Own(firstMoment), Own(secondMoment), Own(gradient), settings);

    /// <summary>Nothing to give back.</summary>
    public void Dispose()
    {
    }

    private ShapeTensor New(Shape shape, bool[]? speaks = null) =>
        new(this, shape, new ShapeStorage(Memory, checked(shape.Length * sizeof(float))), speaks);

    private ShapeTensor Like(Tensor x) => New(Own(x).Shape);

    /// <summary>A gradient of x's shape; a row of dy that is zero gives one that is zero.</summary>
    private ShapeTensor Alike(string operation, Tensor x, Tensor dy)
    {
        OperandChecks.Same(operation, Own(x), Own(dy));
        return New(x.Shape, Own(dy).Speaks);
    }

    private ShapeTensor Alias(Tensor x, Shape shape, bool[]? speaks) => new(this, shape, Own(x).Storage.Share(), speaks);

    /// <summary>The telling rows of an operand that is not repeated over the result's rows.</summary>
    private bool[]? Rows(Tensor x, Shape result) => x.Shape.Equals(result) ? Own(x).Speaks : null;

    private static bool[]? Either(bool[]? a, bool[]? b) => a is null || b is null ? null : [.. a.Zip(b, (one, other) => one || other)];

    private ShapeTensor Own(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x is ShapeTensor own && ReferenceEquals(own.Engine, this))
        {
            _ = own.Storage;
            return own;
        }

        throw OperandChecks.Foreign(x, Name, nameof(x));
    }

    private ShapeWeight Own(Weight w)
    {
        ArgumentNullException.ThrowIfNull(w);
        return w is ShapeWeight own && ReferenceEquals(own.Engine, this) ? own : throw OperandChecks.Foreign(w, Name, nameof(w));
    }
}
