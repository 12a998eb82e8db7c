using Mend.Editing;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>How numbers travel.</summary>
public enum WireFormat : byte
{
    /// <summary>As they are, 4 bytes each.</summary>
    Float32,

    /// <summary>Rounded to the nearest bfloat16, 2 bytes each: half the bytes, about 3 significant digits.</summary>
    Bfloat16,
}

/// <summary>
/// A tensor on its way between silos. Written from the array that holds it and read into the array that will: its codec makes no copy in
/// between. Immutable by convention.
/// </summary>
[Immutable]
public sealed class WireTensor
{
    /// <summary>Wraps values.</summary>
    /// <param name="extents">Extents, outermost first.</param>
    /// <param name="values">Row-major; not copied.</param>
    /// <param name="format">How they travel.</param>
    public WireTensor(int[] extents, float[] values, WireFormat format = WireFormat.Float32) => (Extents, Values, Format) = (extents, values, format);

    /// <summary>Extents, outermost first.</summary>
    public int[] Extents { get; }

    /// <summary>Row-major.</summary>
    public float[] Values { get; }

    /// <summary>How the values travel.</summary>
    public WireFormat Format { get; }

    /// <summary>Bytes of the values on the wire.</summary>
    public long ByteLength => Values.LongLength * (Format == WireFormat.Float32 ? sizeof(float) : sizeof(ushort));

    /// <summary>Copies a tensor off its engine; null stays null.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="format">How it travels.</param>
    public static WireTensor? Of(IEngine engine, Tensor? tensor, WireFormat format) =>
        tensor is null ? null : Of(HostTensor.From(engine, tensor), format);

    /// <summary>Wraps a tensor in host memory; null stays null.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="format">How it travels.</param>
    public static WireTensor? Of(HostTensor? tensor, WireFormat format = WireFormat.Float32) =>
        tensor is null ? null : new WireTensor(tensor.Shape.Extents.ToArray(), tensor.Data, format);

    /// <summary>Puts the tensor on an engine.</summary>
    /// <param name="engine">The engine.</param>
    public Tensor ToEngine(IEngine engine) => engine.FromHost(Values, new Shape(Extents));

    /// <summary>The tensor in host memory.</summary>
    public HostTensor ToHost() => new(new Shape(Extents), Values);
}
