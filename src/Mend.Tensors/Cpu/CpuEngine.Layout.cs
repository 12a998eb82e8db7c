namespace Mend.Tensors.Cpu;

/// <summary>Layout: see <see cref="IEngine"/>.</summary>
public sealed unsafe partial class CpuEngine
{
    /// <inheritdoc/>
    public Tensor Permute(Tensor x, ReadOnlySpan<int> axes)
    {
        CpuTensor own = Own(x, nameof(x));
        int[] order = OperandChecks.Permute(x.Shape, axes);
        int[] extents = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            extents[i] = x.Shape[order[i]];
        }

        CpuTensor y = New(new Shape(extents));
        Broadcasting.PermutePlan plan = new(x.Shape, order);
        if (plan.IsCopy)
        {
            CopyAll(own, y);
        }
        else if (plan.Block is { } block)
        {
            // The innermost axes change places: whole blocks are transposed.
            _workers.RunRanges(plan.Runs, RowGrain(block.Rows * block.Columns), (start, end) =>
            {
                for (long run = start; run < end; run++)
                {
                    (long source, long target) = plan.Offsets(run);
                    _kernels.Transpose(own.Data + source, block.Rows, block.Columns, block.SourceStride, y.Data + target, block.TargetStride);
                }
            });
        }
        else
        {
            _workers.RunRanges(plan.Runs, RowGrain(plan.RunLength), (start, end) => CopyPermuted(plan, own.Data, y.Data, start, end));
        }

        GC.KeepAlive(own);
        return y;
    }

    /// <inheritdoc/>
    public Tensor Narrow(Tensor x, int axis, int start, int length)
    {
        CpuTensor own = Own(x, nameof(x));
        axis = OperandChecks.Narrow(x.Shape, axis, start, length);
        int extent = x.Shape[axis];
        CpuTensor y = New(x.Shape.With(axis, length));
        (long outer, long inner) = Around(x.Shape, axis);
        CopyRuns(own, start * inner, extent * inner, y, 0, length * inner, outer, length * inner);
        return y;
    }

    /// <inheritdoc/>
    public Tensor Pad(Tensor x, int axis, int start, int extent)
    {
        CpuTensor own = Own(x, nameof(x));
        axis = OperandChecks.Pad(x.Shape, axis, start, extent);
        int length = x.Shape[axis];
        CpuTensor y = New(x.Shape.With(axis, extent));
        Clear(y);
        (long outer, long inner) = Around(x.Shape, axis);
        CopyRuns(own, 0, length * inner, y, start * inner, extent * inner, outer, length * inner);
        return y;
    }

    /// <inheritdoc/>
    public Tensor Concat(ReadOnlySpan<Tensor> parts, int axis)
    {
        foreach (Tensor part in parts)
        {
            _ = Own(part, nameof(parts));
        }

        (axis, Shape joined) = OperandChecks.Concat(parts, axis);
        CpuTensor y = New(joined);
        (long outer, long inner) = Around(joined, axis);
        long at = 0;
        foreach (Tensor part in parts)
        {
            long run = part.Shape[axis] * inner;
            CopyRuns(Own(part, nameof(parts)), 0, run, y, at, joined[axis] * inner, outer, run);
            at += run;
        }

        return y;
    }

    /// <inheritdoc/>
    public Tensor Rotary(Tensor x, Tensor cos, Tensor sin, bool interleaved, bool inverse = false)
    {
        CpuTensor own = Own(x, nameof(x));
        CpuTensor ownCos = Own(cos, nameof(cos));
        CpuTensor ownSin = Own(sin, nameof(sin));
        OperandChecks.Rotary(x, cos, sin);
        int r = cos.Shape.Last;
        CpuTensor y = New(x.Shape);
        int size = x.Shape[3];
        int heads = x.Shape[2];
        int sequence = x.Shape[1];
        float sign = inverse ? -1f : 1f;
        _workers.RunRanges(x.Shape[0] * (long)sequence, RowGrain((long)heads * size, 2), (start, end) =>
        {
            for (long position = start; position < end; position++)
            {
                float* c = ownCos.Data + (position % sequence * r);
                float* s = ownSin.Data + (position % sequence * r);
                for (long head = position * heads; head < (position + 1) * heads; head++)
                {
                    float* from = own.Data + (head * size);
                    float* to = y.Data + (head * size);
                    if (interleaved)
                    {
                        RotatePairs(from, c, s, sign, to, r);
                    }
                    else
                    {
                        _kernels.RotateHalves(from, c, s, sign, to, r);
                    }

                    Copy(from + (2 * r), to + (2 * r), size - (2 * r));
                }
            }
        });
        GC.KeepAlive((own, ownCos, ownSin));
        return y;
    }

    private static void CopyPermuted(Broadcasting.PermutePlan plan, float* x, float* y, long start, long end)
    {
        (long stepX, long stepY) = plan.Step;
        for (long run = start; run < end;)
        {
            (long source, long target) = plan.Offsets(run);
            long stop = Math.Min(end, ((run / plan.Row) + 1) * plan.Row);
            for (; run < stop; run++, source += stepX, target += stepY)
            {
                Copy(x + source, y + target, plan.RunLength);
            }
        }
    }

    private static void RotatePairs(float* x, float* cos, float* sin, float sign, float* y, int r)
    {
        for (int j = 0; j < r; j++)
        {
            float a = x[2 * j];
            float b = x[(2 * j) + 1];
            float s = sign * sin[j];
            y[2 * j] = (a * cos[j]) - (b * s);
            y[(2 * j) + 1] = (b * cos[j]) + (a * s);
        }
    }

    /// <summary>Elements outside and inside one axis.</summary>
    private static (long Outer, long Inner) Around(Shape shape, int axis)
    {
        long outer = 1;
        long inner = 1;
        for (int i = 0; i < shape.Rank; i++)
        {
            outer *= i < axis ? shape[i] : 1;
            inner *= i > axis ? shape[i] : 1;
        }

        return (outer, inner);
    }

    private static void Copy(float* from, float* to, long n) =>
        Buffer.MemoryCopy(from, to, n * sizeof(float), n * sizeof(float));

    private void CopyAll(CpuTensor x, CpuTensor y)
    {
        _workers.RunRanges(y.Length, ElementGrain, (start, end) => Copy(x.Data + start, y.Data + start, end - start));
        GC.KeepAlive(x);
    }

    private void CopyRuns(CpuTensor x, long startX, long strideX, CpuTensor y, long startY, long strideY, long runs, long length)
    {
        if (length == 0)
        {
            return;
        }

        _workers.RunRanges(runs, RowGrain(length), (start, end) =>
        {
            for (long run = start; run < end; run++)
            {
                Copy(x.Data + startX + (run * strideX), y.Data + startY + (run * strideY), length);
            }
        });
        GC.KeepAlive(x);
    }
}
