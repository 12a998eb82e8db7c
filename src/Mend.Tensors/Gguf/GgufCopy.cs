using System.Text;

namespace Mend.Tensors;

/// <summary>
/// Copies a model in GGUF files into one file, with some tensors replaced: metadata, order and every other tensor stay byte for byte as
/// they are. Only what says how a model is split into files is left out.
/// </summary>
public static class GgufCopy
{
    private const string OfSplits = "split.";
    private const int BufferBytes = 1 << 20;

    /// <summary>Writes the copy: to a temporary file beside it, which is flushed to disk and then renamed.</summary>
    /// <param name="path">The new file; its folder must exist, and it must not.</param>
    /// <param name="files">The model's files, in order.</param>
    /// <param name="replaced">Tensors to write instead, by the name in the files; of the same shapes.</param>
    /// <param name="cancellationToken">Looked at between tensors; nothing is left behind.</param>
    /// <exception cref="ArgumentException">The files have no tensor of a name, or one of another shape.</exception>
    /// <exception cref="InvalidOperationException">A tensor's callback wrote too few or too many bytes.</exception>
    /// <exception cref="IOException">The file exists or cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<GgufFile> files, IReadOnlyDictionary<string, TensorData> replaced, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(replaced);
        List<(string Name, TensorData Data)> tensors = Tensors(files, replaced);
        DurableFile.Write(path, stream => Write(stream, files[0], tensors, cancellationToken), mayReplace: null);
    }

    /// <summary>All tensors in the order of the files' heads.</summary>
    private static List<(string Name, TensorData Data)> Tensors(IReadOnlyList<GgufFile> files, IReadOnlyDictionary<string, TensorData> replaced)
    {
        List<(string Name, TensorData Data)> tensors = [];
        HashSet<string> left = [.. replaced.Keys];
        foreach (StoredTensor stored in files.SelectMany(f => f.Tensors.Values))
        {
            left.Remove(stored.Name);
            TensorData data = replaced.GetValueOrDefault(stored.Name) ?? TensorData.FromStored(stored);
            tensors.Add(data.Shape.Equals(stored.Shape)
                ? (stored.Name, data)
                : throw new ArgumentException($"Tensor '{stored.Name}' in '{stored.File}' has shape {stored.Shape}; one of shape {data.Shape} cannot take its place.", nameof(replaced)));
        }

        return left.Count == 0 ? tensors : throw new ArgumentException($"'{files[0].Path}' has no tensor '{left.First()}' that could be replaced.", nameof(replaced));
    }

    private static void Write(Stream file, GgufFile first, List<(string Name, TensorData Data)> tensors, CancellationToken cancellationToken)
    {
        // In the order of the file's head; the data of a file that has another order is brought into that one.
        int alignment = first.Header.Alignment;
        file.Write(Head(first, tensors, alignment));
        foreach ((string name, TensorData tensor) in tensors)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Pad(file, alignment);
            long start = file.Position;
            tensor.Write(file);
            if (file.Position - start != tensor.ByteLength)
            {
                throw new InvalidOperationException($"The callback of tensor '{name}' wrote {file.Position - start} bytes; {tensor.Type} {tensor.Shape} takes {tensor.ByteLength}. Write exactly the tensor's bytes.");
            }
        }

        Pad(file, alignment);
    }

    private static byte[] Head(GgufFile first, List<(string Name, TensorData Data)> tensors, int alignment)
    {
        List<GgufHeader.Pair> pairs = [.. first.Header.Pairs.Where(p => !p.Key.StartsWith(OfSplits, StringComparison.Ordinal))];
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream);
        writer.Write("GGUF"u8);
        writer.Write(first.Header.Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)pairs.Count);
        foreach (GgufHeader.Pair pair in pairs)
        {
            writer.Write(first.Bytes(pair));
        }

        long offset = 0;
        foreach ((string name, TensorData tensor) in tensors)
        {
            Describe(writer, name, tensor, offset);
            offset = GgufHeader.Aligned(offset + tensor.ByteLength, alignment);
        }

        writer.Flush();
        return stream.ToArray();
    }

    private static void Describe(BinaryWriter writer, string name, TensorData tensor, long offset)
    {
        byte[] text = Encoding.UTF8.GetBytes(name);
        writer.Write((ulong)text.Length);
        writer.Write(text);
        writer.Write(tensor.Shape.Rank);
        for (int axis = tensor.Shape.Rank - 1; axis >= 0; axis--)
        {
            writer.Write((ulong)tensor.Shape[axis]);
        }

        writer.Write(GgufTensorTypes.Number(tensor.Type));
        writer.Write(offset);
    }

    private static void Pad(Stream file, int alignment)
    {
        int missing = (int)(GgufHeader.Aligned(file.Position, alignment) - file.Position);
        if (missing > 0)
        {
            file.Write(new byte[missing]);
        }
    }
}
