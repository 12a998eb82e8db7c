using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mend.Models.Execution;
using Mend.Models.Gguf;
using Mend.Models.Tokenizers;
using Mend.Tensors;

namespace Mend.Models;

/// <summary>
/// A model as it lies on disk, in a Hugging Face folder or a GGUF file: configuration, mapped weights and, when asked for, the tokenizer.
/// </summary>
public sealed class ModelFolder : IDisposable
{
    /// <summary>Bytes of each tensor that enter the fingerprint, spread evenly over it.</summary>
    private const int SampledBytes = 4096;

    private readonly Lazy<ITokenizer> _tokenizer;

    private ModelFolder(string path, ModelArchitecture architecture, Checkpoint checkpoint, GgufDescription? gguf = null)
    {
        Gguf = gguf;
        Path = path;
        Architecture = architecture;
        Checkpoint = checkpoint;
        _tokenizer = new Lazy<ITokenizer>(() => TokenizerLoader.Load(path));
    }

    /// <summary>The folder or file.</summary>
    public string Path { get; }

    /// <summary>What a GGUF file says about its model; null for a folder.</summary>
    internal GgufDescription? Gguf { get; }

    /// <summary>The model as its configuration describes it.</summary>
    public ModelArchitecture Architecture { get; }

    /// <summary>The mapped weights.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>The tokenizer, read on first use.</summary>
    public ITokenizer Tokenizer => _tokenizer.Value;

    /// <summary>Opens a folder or a GGUF file; no weight is read yet.</summary>
    /// <param name="path">The folder, or the file.</param>
    /// <exception cref="ModelException">The configuration is missing or unsupported.</exception>
    /// <exception cref="CheckpointException">The weight files are missing or malformed.</exception>
    public static ModelFolder Open(string path)
    {
        if (GgufFile.Is(path))
        {
            GgufModel model = GgufModel.Open(path);
            try
            {
                GgufDescription description = new(model);
                return new ModelFolder(model.Path, ModelFamilies.Describe(description.Config()), model.Checkpoint(), description);
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }

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

    /// <summary>How a stored tensor lies against the order that the family's Hugging Face checkpoints have.</summary>
    /// <param name="name">Full name of the parameter.</param>
    public TensorOrder OrderOf(string name) => Gguf?.OrderOf(name) ?? default;

    /// <summary>The small files that describe the model, by name: configuration and tokenizer, never weights. A GGUF file's are made from it.</summary>
    public IReadOnlyDictionary<string, byte[]> Description() => Gguf?.Files() ?? Directory.EnumerateFiles(Path).Where(IsDescription)
        .ToDictionary(file => System.IO.Path.GetFileName(file), File.ReadAllBytes);

    /// <summary>Gives the mapping back; nothing loaded from it may be used any more.</summary>
    public void Dispose() => Checkpoint.Dispose();

    private static bool IsDescription(string file) =>
        System.IO.Path.GetExtension(file) is ".json" or ".txt" or ".model" && !file.EndsWith(".index.json", StringComparison.Ordinal) && new FileInfo(file).Length < 64 << 20;

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
