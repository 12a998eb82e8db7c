using System.Runtime.InteropServices;
using Mend.Tensors.Torch.Memory;
using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>Storage: see <see cref="IEngine"/>.</summary>
public sealed partial class TorchEngine
{
    /// <inheritdoc/>
    public Tensor Zeros(Shape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return New(nameof(Zeros), shape, () => torch.zeros(Extents(shape), torch.float32, _device));
    }

    /// <inheritdoc/>
    public unsafe Tensor FromHost(ReadOnlySpan<float> data, Shape shape)
    {
        OperandChecks.FromHost(data.Length, shape);
        fixed (float* first = data)
        {
            nint address = (nint)first;
            int length = data.Length;
            return New(nameof(FromHost), shape, () => HostCopy.Upload(new ReadOnlySpan<float>((float*)address, length), Extents(shape), torch.float32, _device));
        }
    }

    /// <inheritdoc/>
    public void ToHost(Tensor x, Span<float> destination)
    {
        TorchTensor own = Own(x, nameof(x));
        OperandChecks.ToHost(x, destination.Length);
        Download(nameof(ToHost), own.Shape, () => own.Data, destination);
        GC.KeepAlive(own);
    }

    /// <inheritdoc/>
    public Weight LoadWeight(StoredTensor source, WeightLayout layout)
    {
        OperandChecks.LoadWeight(source);
        if (source.Shape.Rank != 2)
        {
            throw new ShapeException($"Weight '{source.Name}' has shape {source.Shape}; a matrix [rows, columns] is wanted.");
        }

        return Run(nameof(LoadWeight), source.Shape, () => new TorchWeight(
            this, source.Name, source.Shape, layout, Kept(source.Type), Upload(source).DetachFromDisposeScope()));
    }

    /// <inheritdoc/>
    public Tensor LoadTensor(StoredTensor source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Type.IsWeightType()
            ? New(nameof(LoadTensor), source.Shape, () => Upload(source).to_type(torch.float32))
            : FromHost(source.ToFloatsOfAnyType(), source.Shape);
    }

    /// <inheritdoc/>
    public void ToHost(Weight w, int firstRow, Span<float> destination)
    {
        TorchWeight own = Own(w, nameof(w));
        int rows = OperandChecks.ToHost(w, firstRow, destination.Length);
        Download(nameof(ToHost), w.Stored, () => own.Data.narrow(0, firstRow, rows).to_type(torch.float32), destination);
        GC.KeepAlive(own);
    }

    /// <inheritdoc/>
    public Tensor Share(Tensor x) => Alias(nameof(Share), Own(x, nameof(x)), x.Shape);

    /// <inheritdoc/>
    public Tensor Reshape(Tensor x, Shape shape)
    {
        TorchTensor own = Own(x, nameof(x));
        OperandChecks.Reshape(x, shape);
        return Alias(nameof(Reshape), own, shape);
    }

    /// <summary>The type that a stored weight has on the device: its own, or float32 for the quantised ones, which libtorch does not know.</summary>
    internal static DType Kept(DType type) => type.IsQuantized() ? DType.F32 : type;

    private static torch.ScalarType Native(DType type) => type switch
    {
        DType.F32 => torch.float32,
        DType.BF16 => torch.bfloat16,
        DType.F16 => torch.float16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Weights are F32, BF16 or F16."),
    };

    private TorchTensor Alias(string operation, TorchTensor x, Shape shape) => New(operation, shape, () => x.Data.view(Extents(shape)));

    /// <summary>
    /// A stored tensor on the device, in its own type or, where it is quantised, as float32; read once from the mapped file and then
    /// let go of.
    /// </summary>
    private torch.Tensor Upload(StoredTensor source)
    {
        torch.Tensor result = HostCopy.Upload(Extents(source.Shape), Native(Kept(source.Type)), _device, (offset, destination) =>
        {
            if (source.Type.IsQuantized())
            {
                Span<float> elements = MemoryMarshal.Cast<byte, float>(destination);
                long first = offset / sizeof(float);
                source.ToFloats(first, elements);
                source.Forget(source.Type.BytesOf(first), source.Type.BytesOf(elements.Length));
                return;
            }

            source.Bytes(offset, destination.Length).CopyTo(destination);
            source.Forget(offset, destination.Length);
        });
        GC.KeepAlive(source);
        return result;
    }

    private unsafe void Download(string operation, Shape shape, Func<torch.Tensor> tensor, Span<float> destination)
    {
        fixed (float* first = destination)
        {
            byte* target = (byte*)first;
            Guard(operation, shape, () =>
            {
                HostCopy.Download(tensor(), (offset, piece) => piece.CopyTo(new Span<byte>(target + offset, piece.Length)));
                return true;
            });
        }
    }
}
