using System.Runtime.InteropServices;
using TorchSharp;

namespace Mend.Tensors.Torch.Memory;

/// <summary>
/// Copies between host memory and tensors in pieces: at most one staging buffer of <see cref="PieceBytes"/> of host memory is
/// needed beside the operands, however large they are, and none when the tensor lies in host memory itself.
/// </summary>
internal static class HostCopy
{
    /// <summary>Bytes that are copied at a time.</summary>
    public const int PieceBytes = 64 << 20;

    /// <summary>Fills a buffer with the bytes of a tensor that start at <paramref name="offset"/>.</summary>
    public delegate void Fill(long offset, Span<byte> destination);

    /// <summary>Takes the bytes of a tensor that start at <paramref name="offset"/>.</summary>
    public delegate void Drain(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>A new tensor with the bytes that a callback provides, piece by piece. Belongs to the current dispose scope.</summary>
    public static torch.Tensor Upload(long[] extents, torch.ScalarType type, torch.Device device, Fill fill)
    {
        torch.Tensor result = torch.empty(extents, type, device);
        using torch.Tensor flat = result.view(result.NumberOfElements);
        bool onHost = device.type == DeviceType.CPU;
        long size = result.ElementSize;
        long piece = PieceBytes / size;
        using torch.Tensor? staging = onHost || flat.NumberOfElements == 0 ? null : torch.empty([Math.Min(piece, flat.NumberOfElements)], type);
        for (long start = 0; start < flat.NumberOfElements; start += piece)
        {
            long count = Math.Min(piece, flat.NumberOfElements - start);
            using torch.Tensor target = flat.narrow(0, start, count);
            using torch.Tensor? source = staging?.narrow(0, 0, count);
            fill(start * size, (source ?? target).bytes);
            if (source is not null)
            {
                target.copy_(source).Dispose();
            }
        }

        return result;
    }

    /// <summary>A new tensor with the elements of a span. Belongs to the current dispose scope.</summary>
    public static unsafe torch.Tensor Upload<T>(ReadOnlySpan<T> data, long[] extents, torch.ScalarType type, torch.Device device)
        where T : unmanaged
    {
        fixed (T* first = data)
        {
            byte* bytes = (byte*)first;
            return Upload(extents, type, device, (offset, destination) => new ReadOnlySpan<byte>(bytes + offset, destination.Length).CopyTo(destination));
        }
    }

    /// <summary>Hands a contiguous tensor's bytes to a callback, piece by piece.</summary>
    public static void Download(torch.Tensor tensor, Drain drain)
    {
        using torch.Tensor flat = tensor.view(tensor.NumberOfElements);
        long size = tensor.ElementSize;
        long piece = PieceBytes / size;
        for (long start = 0; start < flat.NumberOfElements; start += piece)
        {
            using torch.Tensor part = flat.narrow(0, start, Math.Min(piece, flat.NumberOfElements - start));
            if (part.device_type == DeviceType.CPU)
            {
                drain(start * size, part.bytes);
                continue;
            }

            using torch.Tensor onHost = part.cpu();
            drain(start * size, onHost.bytes);
        }
    }

    /// <summary>A contiguous tensor's elements as an array.</summary>
    public static T[] ToArray<T>(torch.Tensor tensor)
        where T : unmanaged
    {
        T[] values = new T[tensor.NumberOfElements];
        Download(tensor, (offset, bytes) => bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan())[(int)offset..]));
        return values;
    }
}
