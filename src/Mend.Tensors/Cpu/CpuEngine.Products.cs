using Mend.Tensors.Cpu.Memory;
using Mend.Tensors.Cpu.Products;

namespace Mend.Tensors.Cpu;

/// <summary>Matrix products: see <see cref="IEngine"/>.</summary>
public sealed unsafe partial class CpuEngine
{
    /// <summary>Multiply-adds worth a piece of work of their own: some tens of microseconds.</summary>
    private const long ProductGrain = 1 << 20;

    private delegate Product ProductAt(int batch);

    /// <inheritdoc/>
    public Tensor Linear(Tensor x, Weight w, Tensor? bias)
    {
        CpuTensor own = Own(x, nameof(x));
        CpuWeight ownW = Own(w, nameof(w));
        CpuTensor? ownBias = bias is null ? null : Own(bias, nameof(bias));
        OperandChecks.Linear(x, w, bias);
        float* b = ownBias is null ? null : ownBias.Data;
        CpuTensor y = WeightProduct(own, ownW, w.Layout == WeightLayout.OutIn, w.Out, b);
        GC.KeepAlive((own, ownW, ownBias));
        return y;
    }

    /// <inheritdoc/>
    public Tensor LinearInputGradient(Tensor dy, Weight w)
    {
        CpuTensor own = Own(dy, nameof(dy));
        CpuWeight ownW = Own(w, nameof(w));
        OperandChecks.LinearInputGradient(dy, w);
        CpuTensor dx = WeightProduct(own, ownW, w.Layout == WeightLayout.InOut, w.In, null);
        GC.KeepAlive((own, ownW));
        return dx;
    }

    /// <inheritdoc/>
    public Weight Fold(Weight w, IReadOnlyList<LowRankTerm> terms)
    {
        CpuWeight own = Own(w, nameof(w));
        ArgumentNullException.ThrowIfNull(terms);
        foreach (LowRankTerm term in terms)
        {
            _ = Own(term.U, nameof(terms));
            _ = Own(term.Delta, nameof(terms));
            OperandChecks.Fold(w, term);
        }

        NativeBlock block = _pool.Rent(checked(w.Stored.Length * sizeof(float)), Memory);
        float* folded = (float*)block.Address;
        int columns = w.Stored[1];
        _workers.RunRanges(w.Stored[0], RowGrain(columns), (start, end) =>
            _kernels.Convert(w.Type, own.Data + w.Type.BytesOf(start * columns), folded + (start * columns), (end - start) * columns));
        foreach (LowRankTerm term in terms)
        {
            // Stored [out, in]: += (α Δ̃)ᵀ Ũ; stored [in, out]: += (α Ũ)ᵀ Δ̃.
            bool outIn = w.Layout == WeightLayout.OutIn;
            using CpuTensor left = (CpuTensor)Scale(outIn ? term.Delta : term.U, term.Step);
            CpuTensor right = Own(outIn ? term.U : term.Delta, nameof(terms));
            Product product = new()
            {
                A = left.Data,
                StrideA = w.Stored[0],
                TransposeA = true,
                B = right.Data,
                TypeB = DType.F32,
                StrideB = columns,
                TransposeB = false,
                C = folded,
                StrideC = columns,
                M = w.Stored[0],
                N = columns,
                K = OperandChecks.RowCount(right.Shape),
                Accumulate = true,
            };
            RunProducts(1, product.M, product.N, product.K, _ => product);
            GC.KeepAlive(right);
        }

        GC.KeepAlive(own);
        return new CpuWeight(this, w.Name, w.Stored, w.Layout, block);
    }

    /// <inheritdoc/>
    public Tensor MatMul(Tensor a, Tensor b, bool transposeA = false, bool transposeB = false)
    {
        CpuTensor ownA = Own(a, nameof(a));
        CpuTensor ownB = Own(b, nameof(b));
        Shape sa = a.Shape;
        Shape sb = b.Shape;
        (int batch, int m, int k, int n) = OperandChecks.MatMul(sa, sb, transposeA, transposeB);
        CpuTensor y = New(sa.With(^2, m).With(^1, n));
        RunProducts(batch, m, n, k, index => new Product
        {
            A = ownA.Data + ((long)index * m * k),
            StrideA = sa[^1],
            TransposeA = transposeA,
            B = ownB.Data + ((long)index * k * n),
            TypeB = DType.F32,
            StrideB = sb[^1],
            TransposeB = transposeB,
            C = y.Data + ((long)index * m * n),
            StrideC = n,
            M = m,
            N = n,
            K = k,
        });
        GC.KeepAlive((ownA, ownB));
        return y;
    }

    /// <summary>Rows of x times a weight seen as [k, n], stored [n, k] if <paramref name="transposed"/>.</summary>
    private CpuTensor WeightProduct(CpuTensor x, CpuWeight w, bool transposed, int n, float* bias)
    {
        CpuTensor y = New(x.Shape.With(^1, n));
        Product product = new()
        {
            A = x.Data,
            StrideA = x.Shape.Last,
            TransposeA = false,
            B = w.Data,
            TypeB = w.Type,
            StrideB = w.Stored[1],
            TransposeB = transposed,
            C = y.Data,
            StrideC = n,
            M = checked((int)(y.Length / Math.Max(1, n))),
            N = n,
            K = x.Shape.Last,
            Bias = bias,
        };
        RunProducts(1, product.M, n, product.K, _ => product);
        return y;
    }

    /// <summary>Runs products of one size, cut into blocks, on all threads.</summary>
    private void RunProducts(int batch, int m, int n, int k, ProductAt productAt)
    {
        if (batch == 0 || m == 0 || n == 0)
        {
            return;
        }

        long work = (long)m * n * Math.Max(1, k);
        int wanted = batch * work <= ProductGrain ? 1 : (Threads * 4 + batch - 1) / batch;
        Product first = productAt(0);
        ProductGrid grid = new(m, n, wanted, first.IsStreamed, first.ColumnStep);
        long grain = Math.Max(1, ProductGrain / Math.Max(1, work / grid.Count));
        _workers.RunRanges((long)batch * grid.Count, grain, (start, end) =>
        {
            NativeBlock scratch = _pool.Rent(_kernels.ProductScratch(first, Math.Min(m, grid.Rows), Math.Min(n, grid.Columns)) * sizeof(float));
            try
            {
                for (long piece = start; piece < end; piece++)
                {
                    (long index, long block) = Math.DivRem(piece, grid.Count);
                    (long columnBlock, long rowBlock) = Math.DivRem(block, grid.RowBlocks);
                    int row = (int)rowBlock * grid.Rows;
                    int column = (int)columnBlock * grid.Columns;
                    _kernels.Multiply(
                        productAt((int)index), row, Math.Min(grid.Rows, m - row), column, Math.Min(grid.Columns, n - column), (float*)scratch.Address);
                }
            }
            finally
            {
                scratch.Release();
            }
        });
    }
}
