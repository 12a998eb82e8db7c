using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mend.Models.Chat;
using Mend.Models.Execution;
using Mend.Models.Tokenizers;
using Mend.Tensors;

namespace Mend.Models;

/// <summary>A Hugging Face model folder: configuration, mapped weights and, when asked for, the tokenizer.</summary>
public sealed class ModelFolder : IDisposable
{
    /// <summary>Bytes of each tensor that enter the fingerprint, spread evenly over it.</summary>
    private const int SampledBytes = 4096;

    private readonly Lazy<ITokenizer> _tokenizer;
    private readonly Lazy<ChatTemplates> _chatTemplates;

    private ModelFolder(string path, ModelArchitecture architecture, Checkpoint checkpoint)
    {
        Path = path;
        Architecture = architecture;
        Checkpoint = checkpoint;
        _tokenizer = new Lazy<ITokenizer>(() => TokenizerLoader.Load(path));
        _chatTemplates = new Lazy<ChatTemplates>(() => ChatTemplates.Read(path));
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The model as its configuration describes it.</summary>
    public ModelArchitecture Architecture { get; }

    /// <summary>The mapped weights.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>The tokenizer, read on first use.</summary>
    public ITokenizer Tokenizer => _tokenizer.Value;

    /// <summary>The chat templates, read on first use.</summary>
    public ChatTemplates ChatTemplates => _chatTemplates.Value;

    /// <summary>Opens a folder; no weight is read yet.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="ModelException">The configuration is missing or unsupported.</exception>
    /// <exception cref="CheckpointException">The weight files are missing or malformed.</exception>
    public static ModelFolder Open(string path)
    {
        ModelArchitecture architecture = ModelFamilies.Describe(ConfigReader.Open(path));
        return new ModelFolder(path, architecture, Checkpoint.Open(path));
    }

    /// <summary>
    /// What identifies the model: its shape, names, shapes and types of its parameters, and a sample of every parameter's
    /// bytes. Reads a few kilobytes per parameter, so it takes well under a second for the largest models.
    /// </summary>
    public BaseModelFingerprint Fingerprint()
    {
        using IncrementalHash names = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using IncrementalHash values = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ParameterSpec parameter in Architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name))
        {
            StoredTensor stored = StoredParameters.Get(Checkpoint, parameter.Name);
            names.AppendData(Encoding.UTF8.GetBytes($"{parameter.Name} {stored.Type} {stored.Shape}\n"));
            Sample(values, stored);
        }

        return new BaseModelFingerprint(System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path))), new Dictionary<string, string>
        {
            ["family"] = Architecture.Family,
            ["blocks"] = Architecture.Stages.Count(s => s.Kind == StageKind.Block).ToString(CultureInfo.InvariantCulture),
            ["width"] = Architecture.Width.ToString(CultureInfo.InvariantCulture),
            ["vocabulary"] = Architecture.Vocabulary.ToString(CultureInfo.InvariantCulture),
            ["parameters"] = Convert.ToHexStringLower(names.GetHashAndReset())[..16],
            ["weights"] = Convert.ToHexStringLower(values.GetHashAndReset())[..16],
        });
    }

    /// <summary>Gives the mapping back; nothing loaded from it may be used any more.</summary>
    public void Dispose() => Checkpoint.Dispose();

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
