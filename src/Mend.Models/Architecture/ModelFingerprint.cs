using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models;

/// <summary>
/// Makes the fingerprint of a model on disk: its shape, the options that its family read, its tokenizer, and its weights, sampled (as
/// earlier releases did) and whole.
/// </summary>
internal static class ModelFingerprint
{
    /// <summary>The part with the digest of the options that were read.</summary>
    public const string Options = "options";

    /// <summary>The part with the digest of the files that turn text into ids.</summary>
    public const string Tokenizer = "tokenizer";

    /// <summary>The part with the digest of all weights.</summary>
    public const string Content = "content";

    /// <summary>Bytes of each tensor that enter the sample, spread evenly over it.</summary>
    private const int SampledBytes = 4096;

    private const int ShownDigits = 16;

    /// <summary>
    /// Files that say how text becomes ids, by what the loader prefers; the first group that is there counts. Templates and the like
    /// stand in other files and may change.
    /// </summary>
    private static readonly string[][] TokenizerFiles =
        [["tokenizer.json"], ["vocab.json", "merges.txt"], ["vocab.txt"], ["spiece.model"], ["tokenizer.model"], ["sentencepiece.bpe.model"]];

    /// <summary>The fingerprint.</summary>
    /// <param name="name">The model's name for people.</param>
    /// <param name="architecture">The model.</param>
    /// <param name="weights">Its weights; all of them are read the first time, see <see cref="ContentDigest"/>.</param>
    /// <param name="description">The small files that describe it, by name.</param>
    public static BaseModelFingerprint Of(string name, ModelArchitecture architecture, Checkpoint weights, IReadOnlyDictionary<string, byte[]> description)
    {
        List<StoredTensor> stored = [];
        using IncrementalHash names = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using IncrementalHash values = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ParameterSpec parameter in architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name))
        {
            StoredTensor tensor = StoredParameters.Get(weights, parameter.Name);
            names.AppendData(Encoding.UTF8.GetBytes($"{parameter.Name} {tensor.Type} {tensor.Shape}\n"));
            Sample(values, tensor);
            stored.Add(tensor);
        }

        Dictionary<string, string> parts = new()
        {
            ["family"] = architecture.Family,
            ["blocks"] = architecture.Stages.Count(s => s.Kind == StageKind.Block).ToString(CultureInfo.InvariantCulture),
            ["width"] = architecture.Width.ToString(CultureInfo.InvariantCulture),
            ["vocabulary"] = architecture.Vocabulary.ToString(CultureInfo.InvariantCulture),
            ["parameters"] = Convert.ToHexStringLower(names.GetHashAndReset())[..ShownDigits],
            ["weights"] = Convert.ToHexStringLower(values.GetHashAndReset())[..ShownDigits],
            [Options] = architecture.Options[..ShownDigits],
            [Content] = ContentDigest.Of(stored)[..ShownDigits],
        };
        if (TokenizerDigest(description) is { } tokenizer)
        {
            parts[Tokenizer] = tokenizer;
        }

        return new BaseModelFingerprint(name, parts);
    }

    private static string? TokenizerDigest(IReadOnlyDictionary<string, byte[]> description)
    {
        if (TokenizerFiles.FirstOrDefault(group => group.All(description.ContainsKey)) is not { } files)
        {
            return null;
        }

        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files)
        {
            hash.AppendData(SHA256.HashData(description[file]));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..ShownDigits];
    }

    private static void Sample(IncrementalHash hash, StoredTensor stored)
    {
        const int Pieces = 16;
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, stored.ByteLength);
        hash.AppendData(length);
        int piece = (int)Math.Min(SampledBytes / Pieces, stored.ByteLength);
        for (int i = 0; i < Pieces; i++)
        {
            hash.AppendData(stored.Bytes((stored.ByteLength - piece) / (Pieces - 1) * i, piece));
        }

        // The system maps its read-ahead around every piece: a megabyte per tensor, which a thousand tensors would add up.
        stored.Forget(0, stored.ByteLength);
    }
}
