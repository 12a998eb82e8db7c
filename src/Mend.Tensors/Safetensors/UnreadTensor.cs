namespace Mend.Tensors;

/// <summary>A tensor whose elements are of a type that this library does not read; it is there, and in nobody's way until it is asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its type, as the file spells it.</param>
/// <param name="File">The file it lies in.</param>
/// <param name="ByteLength">Its length in bytes.</param>
public sealed record UnreadTensor(string Name, string Type, string File, long ByteLength)
{
    /// <summary>The error of whoever asks for it.</summary>
    internal CheckpointException Refusal() =>
        new($"Tensor '{Name}' in '{File}' has element type '{Type}'; supported are F32, BF16, F16, F64, I64, I32, I16, I8, U8 and BOOL. Convert the checkpoint.");
}
