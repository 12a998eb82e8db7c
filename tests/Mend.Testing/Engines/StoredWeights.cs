using Mend.Tensors;

namespace Mend.Testing;

/// <summary>Weights as a checkpoint would hold them, without a file.</summary>
public sealed unsafe class StoredWeights : IDisposable
{
    private readonly List<nint> _memory = [];

    /// <summary>Stores floats, rounded to the element type.</summary>
    public StoredTensor Store(string name, Shape shape, float[] values, DType type)
    {
        using MemoryStream stream = new();
        TensorData.FromFloats(name, shape, values, type).Write(stream);
        byte* memory = (byte*)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)stream.Length + 1);
        _memory.Add((nint)memory);
        stream.ToArray().CopyTo(new Span<byte>(memory, (int)stream.Length));
        return new StoredTensor(name, type, shape, "test.safetensors", (nint)memory, this);
    }

    public void Dispose() => _memory.ForEach(memory => System.Runtime.InteropServices.NativeMemory.Free((void*)memory));
}
