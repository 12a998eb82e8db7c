using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;
using Mend.Tensors.Cpu.Quantized;

namespace Mend.Tensors.Cpu.Kernels;

/// <summary>The kernels for one kind of register: element-wise.</summary>
internal sealed unsafe partial class CpuKernels<V> : CpuKernels
    where V : unmanaged, ILanes<V>
{
    /// <inheritdoc/>
    public override void Add(float* a, int stepA, float* b, int stepB, float* y, long n) =>
        MapLoop<V>.Run<AddMap>(a, stepA, b, stepB, a, 0, y, n);

    /// <inheritdoc/>
    public override void Multiply(float* a, int stepA, float* b, int stepB, float* y, long n) =>
        MapLoop<V>.Run<MultiplyMap>(a, stepA, b, stepB, a, 0, y, n);

    /// <inheritdoc/>
    public override void Scale(float* x, float factor, float* y, long n) =>
        MapLoop<V>.Run<MultiplyMap>(x, 1, &factor, 0, &factor, 0, y, n);

    /// <inheritdoc/>
    public override void Accumulate(float* y, float* x, float factor, long n) =>
        MapLoop<V>.Run<FmaMap>(x, 1, &factor, 0, y, 1, y, n);

    /// <inheritdoc/>
    public override void Unary(UnaryOp op, float* x, float* y, long n)
    {
        switch (op)
        {
            case UnaryOp.Relu: MapLoop<V>.Run<ValueMap<Relu>>(x, y, n); break;
            case UnaryOp.GeluErf: MapLoop<V>.Run<ValueMap<GeluErf>>(x, y, n); break;
            case UnaryOp.GeluTanh: MapLoop<V>.Run<ValueMap<GeluTanh>>(x, y, n); break;
            case UnaryOp.QuickGelu: MapLoop<V>.Run<ValueMap<QuickGelu>>(x, y, n); break;
            case UnaryOp.Silu: MapLoop<V>.Run<ValueMap<Silu>>(x, y, n); break;
            case UnaryOp.Tanh: MapLoop<V>.Run<ValueMap<Tanh>>(x, y, n); break;
            case UnaryOp.Sigmoid: MapLoop<V>.Run<ValueMap<Sigmoid>>(x, y, n); break;
            case UnaryOp.Softplus: MapLoop<V>.Run<ValueMap<Softplus>>(x, y, n); break;
            case UnaryOp.Exp: MapLoop<V>.Run<ValueMap<Exp>>(x, y, n); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "Not a function this engine knows.");
        }
    }

    /// <inheritdoc/>
    public override void UnaryGradient(UnaryOp op, float* x, float* dy, float* dx, long n)
    {
        switch (op)
        {
            case UnaryOp.Relu: MapLoop<V>.Run<SlopeMap<Relu>>(x, dy, dx, n); break;
            case UnaryOp.GeluErf: MapLoop<V>.Run<SlopeMap<GeluErf>>(x, dy, dx, n); break;
            case UnaryOp.GeluTanh: MapLoop<V>.Run<SlopeMap<GeluTanh>>(x, dy, dx, n); break;
            case UnaryOp.QuickGelu: MapLoop<V>.Run<SlopeMap<QuickGelu>>(x, dy, dx, n); break;
            case UnaryOp.Silu: MapLoop<V>.Run<SlopeMap<Silu>>(x, dy, dx, n); break;
            case UnaryOp.Tanh: MapLoop<V>.Run<SlopeMap<Tanh>>(x, dy, dx, n); break;
            case UnaryOp.Sigmoid: MapLoop<V>.Run<SlopeMap<Sigmoid>>(x, dy, dx, n); break;
            case UnaryOp.Softplus: MapLoop<V>.Run<SlopeMap<Softplus>>(x, dy, dx, n); break;
            case UnaryOp.Exp: MapLoop<V>.Run<SlopeMap<Exp>>(x, dy, dx, n); break;
            default: throw new ArgumentOutOfRangeException(nameof(op), op, "Not a function this engine knows.");
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Adam(float* parameter, float* m, float* v, float* gradient, in AdamSettings settings, long n)
    {
        float correction1 = (float)(1 / (1 - Math.Pow(settings.Beta1, settings.Step)));
        float correction2 = (float)(1 / (1 - Math.Pow(settings.Beta2, settings.Step)));
        V scale = V.Broadcast(settings.GradientScale);
        V beta1 = V.Broadcast(settings.Beta1);
        V beta2 = V.Broadcast(settings.Beta2);
        V rest1 = V.Broadcast(1 - settings.Beta1);
        V rest2 = V.Broadcast(1 - settings.Beta2);
        V rate = V.Broadcast(-settings.Rate * correction1);
        V second = V.Broadcast(correction2);
        V epsilon = V.Broadcast(settings.Epsilon);
        for (long i = 0; i < n; i += V.Count)
        {
            int rest = (int)Math.Min(V.Count, n - i);
            bool whole = rest == V.Count;
            V g = scale * (whole ? V.Load(gradient + i) : MapLoop<V>.LoadPart(gradient + i, rest));
            V mean = whole ? V.Load(m + i) : MapLoop<V>.LoadPart(m + i, rest);
            V variance = whole ? V.Load(v + i) : MapLoop<V>.LoadPart(v + i, rest);
            V p = whole ? V.Load(parameter + i) : MapLoop<V>.LoadPart(parameter + i, rest);
            mean = V.Fma(beta1, mean, rest1 * g);
            variance = V.Fma(beta2, variance, rest2 * g * g);
            p = V.Fma(rate, mean / (V.Sqrt(variance * second) + epsilon), p);
            if (whole)
            {
                V.Store(mean, m + i);
                V.Store(variance, v + i);
                V.Store(p, parameter + i);
            }
            else
            {
                MapLoop<V>.StorePart(mean, m + i, rest);
                MapLoop<V>.StorePart(variance, v + i, rest);
                MapLoop<V>.StorePart(p, parameter + i, rest);
            }
        }
    }

    /// <inheritdoc/>
    public override void Convert(DType type, void* x, float* y, long n)
    {
        switch (type)
        {
            case DType.F32: ConvertFrom((F32*)x, y, n); break;
            case DType.BF16: ConvertFrom((BF16*)x, y, n); break;
            case DType.F16: ConvertFrom((F16*)x, y, n); break;
            default: Dequantizer<V>.Run(type, (byte*)x, y, n); break;
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Transpose(float* x, long rows, long columns, long strideX, float* y, long strideY)
    {
        long wholeRows = rows - (rows % V.Count);
        long wholeColumns = columns - (columns % V.Count);
        for (long r = 0; r < wholeRows; r += V.Count)
        {
            for (long c = 0; c < wholeColumns; c += V.Count)
            {
                V.Transpose<F32>(x + (r * strideX) + c, strideX, y + (c * strideY) + r, strideY);
            }
        }

        for (long r = 0; r < rows; r++)
        {
            for (long c = r < wholeRows ? wholeColumns : 0; c < columns; c++)
            {
                y[(c * strideY) + r] = x[(r * strideX) + c];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ConvertFrom<TElement>(TElement* x, float* y, long n)
        where TElement : unmanaged, IElement<TElement>
    {
        long i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            V.Store(TElement.Load<V>(x + i), y + i);
        }

        for (; i < n; i++)
        {
            y[i] = TElement.ToFloat(x[i]);
        }
    }
}
