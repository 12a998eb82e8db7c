using Mend.Models.Tokenizers;
using Mend.Tensors;

namespace Mend.Models;

/// <summary>A Hugging Face model folder: configuration, mapped weights and, when asked for, the tokenizer.</summary>
public sealed class ModelFolder : IDisposable
{
    private readonly Lazy<ITokenizer> _tokenizer;

    private ModelFolder(string path, ModelArchitecture architecture, Checkpoint checkpoint)
    {
        Path = path;
        Architecture = architecture;
        Checkpoint = checkpoint;
        _tokenizer = new Lazy<ITokenizer>(() => TokenizerLoader.Load(path));
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The model as its configuration describes it.</summary>
    public ModelArchitecture Architecture { get; }

    /// <summary>The mapped weights.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>The tokenizer, read on first use.</summary>
    public ITokenizer Tokenizer => _tokenizer.Value;

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
    /// What identifies the model: its shape, the options that were read, its tokenizer and its weights. The first time all weights of a
    /// large model are read, at the disk's speed; from then on a few kilobytes per parameter.
    /// </summary>
    public BaseModelFingerprint Fingerprint() => ModelFingerprint.Of(
        System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path))), Architecture, Checkpoint, Description());

    /// <summary>The small files that describe the model, by name: configuration and tokenizer, never weights.</summary>
    public IReadOnlyDictionary<string, byte[]> Description() => Directory.EnumerateFiles(Path).Where(IsDescription)
        .ToDictionary(file => System.IO.Path.GetFileName(file), File.ReadAllBytes);

    /// <summary>Gives the mapping back; nothing loaded from it may be used any more.</summary>
    public void Dispose() => Checkpoint.Dispose();

    private static bool IsDescription(string file) =>
        System.IO.Path.GetExtension(file) is ".json" or ".txt" or ".model" && !file.EndsWith(".index.json", StringComparison.Ordinal) && new FileInfo(file).Length < 64 << 20;
}
