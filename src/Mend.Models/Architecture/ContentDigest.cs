using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mend.Tensors;

namespace Mend.Models;

/// <summary>
/// SHA-256 over all bytes of a model's weights. Reading them takes as long as the disk does, so the digest of a large model is made once
/// and kept beside the files' paths, sizes and times; a file that was replaced or written to is read again.
/// </summary>
internal static class ContentDigest
{
    /// <summary>Models up to this size are read every time: that takes a moment, and leaves no file behind.</summary>
    private const long ReadEveryTime = 64L << 20;

    /// <summary>The variable that names another folder for kept digests.</summary>
    private const string CacheVariable = "XDG_CACHE_HOME";

    private const int Chunk = 4 << 20;

    /// <summary>The digest of tensors, in their order.</summary>
    /// <param name="tensors">The tensors.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Of(IReadOnlyList<StoredTensor> tensors)
    {
        if (tensors.Sum(t => t.ByteLength) <= ReadEveryTime)
        {
            return Compute(tensors);
        }

        string kept = Path.Combine(CacheFolder(), Identity(tensors));
        if (TryRead(kept) is { } known)
        {
            return known;
        }

        string digest = Compute(tensors);
        TryKeep(kept, digest);
        return digest;
    }

    private static string Compute(IReadOnlyList<StoredTensor> tensors)
    {
        byte[][] each = new byte[tensors.Count][];
        Parallel.For(0, tensors.Count, i => each[i] = Compute(tensors[i]));
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (byte[] one in each)
        {
            hash.AppendData(one);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] Compute(StoredTensor tensor)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long start = 0; start < tensor.ByteLength; start += Chunk)
        {
            int length = (int)Math.Min(Chunk, tensor.ByteLength - start);
            hash.AppendData(tensor.Bytes(start, length));
            tensor.Forget(start, length);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>What stays as it is as long as the files do.</summary>
    private static string Identity(IReadOnlyList<StoredTensor> tensors)
    {
        StringBuilder text = new();
        foreach (string file in tensors.Select(t => t.File).Distinct().Order(StringComparer.Ordinal))
        {
            // A link is as its target: the hub's cache is made of links.
            FileInfo info = new(file);
            info = info.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? info;
            text.Append(CultureInfo.InvariantCulture, $"{info.FullName}|{info.Length}|{info.LastWriteTimeUtc.Ticks}|{info.CreationTimeUtc.Ticks}\n");
        }

        foreach (StoredTensor tensor in tensors)
        {
            text.Append(CultureInfo.InvariantCulture, $"{tensor.Name}|{tensor.Type}|{tensor.Shape}\n");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static string CacheFolder() => Path.Combine(
        Environment.GetEnvironmentVariable(CacheVariable) is { Length: > 0 } cache
            ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "mend-cluster",
        "digests");

    private static string? TryRead(string file)
    {
        try
        {
            string text = File.ReadAllText(file);
            return text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigitLower) ? text : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Keeps a digest where that can be done; else it is made again the next time.</summary>
    private static void TryKeep(string file, string digest)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            string aside = $"{file}.{Guid.NewGuid():N}";
            File.WriteAllText(aside, digest);
            File.Move(aside, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
