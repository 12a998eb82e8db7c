using Mend.Models.Chat;
using Mend.Models.Gguf;
using Mend.Models.Tokenizers;
using Mend.Tensors;

namespace Mend.Models;

/// <summary>
/// A model as it lies on disk, in a Hugging Face folder or a GGUF file: configuration, mapped weights and, when asked for, the tokenizer.
/// </summary>
public sealed class ModelFolder : IDisposable
{
    private readonly Lazy<ITokenizer> _tokenizer;
    private readonly Lazy<ChatTemplates> _chatTemplates;

    private ModelFolder(string path, ModelArchitecture architecture, Checkpoint checkpoint, GgufDescription? gguf = null)
    {
        Gguf = gguf;
        Path = path;
        Architecture = architecture;
        Checkpoint = checkpoint;
        _tokenizer = new Lazy<ITokenizer>(() => TokenizerLoader.Load(path));
        _chatTemplates = new Lazy<ChatTemplates>(() => gguf is null ? ChatTemplates.Read(path) : ChatTemplates.Of(gguf.Files(), path));
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

    /// <summary>The chat templates, read on first use.</summary>
    public ChatTemplates ChatTemplates => _chatTemplates.Value;

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

        Lazy<Checkpoint> weights = new(() => Checkpoint.Open(path));
        try
        {
            ModelArchitecture architecture = ModelFamilies.Describe(ConfigReader.Open(path), weights);
            return new ModelFolder(path, architecture, weights.Value);
        }
        catch
        {
            if (weights.IsValueCreated)
            {
                weights.Value.Dispose();
            }

            throw;
        }
    }

    /// <summary>
    /// What identifies the model: its shape, the options that were read, its tokenizer and its weights. The first time all weights of a
    /// large model are read, at the disk's speed; from then on a few kilobytes per parameter.
    /// </summary>
    public BaseModelFingerprint Fingerprint() => ModelFingerprint.Of(
        System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path))), Architecture, Checkpoint, Description());

    /// <summary>How a stored tensor lies against the order that the family's Hugging Face checkpoints have.</summary>
    /// <param name="name">Full name of the parameter.</param>
    public TensorOrder OrderOf(string name) => Gguf?.OrderOf(name) ?? default;

    /// <summary>The small files that describe the model, by name: configuration and tokenizer, never weights. A GGUF file's are made from it.</summary>
    public IReadOnlyDictionary<string, byte[]> Description() => Gguf?.Files() ?? Directory.EnumerateFiles(Path).Where(IsDescription)
        .ToDictionary(file => System.IO.Path.GetFileName(file), File.ReadAllBytes);

    /// <summary>Whether it is a GGUF file.</summary>
    public bool IsGguf => Gguf is not null;

    /// <summary>The path that stands for a model: of a GGUF file that is one of several the first one's, else the path itself.</summary>
    /// <param name="path">The folder or file.</param>
    public static string Whole(string path) => GgufFile.Is(path) ? GgufSplit.First(path) : path;

    /// <summary>Writes a GGUF file anew, with some tensors replaced.</summary>
    /// <param name="path">The new file.</param>
    /// <param name="changed">The tensors, in the order and shapes of <see cref="Checkpoint"/> and named as there, or as a stack that they are parts of.</param>
    /// <param name="cancellationToken">Looked at between tensors; nothing is left behind.</param>
    /// <exception cref="ModelException">The file has one of the tensors in another form.</exception>
    /// <exception cref="IOException">The new file exists or cannot be written.</exception>
    /// <exception cref="InvalidOperationException">The model is a folder.</exception>
    public void WriteGguf(string path, IEnumerable<TensorData> changed, CancellationToken cancellationToken = default) =>
        RequireGguf().Write(path, changed, cancellationToken);

    /// <summary>The files of a Hugging Face folder of a GGUF file's model, but the weights.</summary>
    /// <param name="type">The type that the weights are to have.</param>
    /// <exception cref="InvalidOperationException">The model is a folder.</exception>
    public IReadOnlyDictionary<string, byte[]> HuggingFaceFiles(DType type) => RequireGguf().Files(type switch
    {
        DType.F32 => "float32",
        DType.F16 => "float16",
        DType.BF16 => "bfloat16",
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "F32, F16 or BF16 is wanted."),
    });

    /// <summary>Gives the mapping back; nothing loaded from it may be used any more.</summary>
    public void Dispose() => Checkpoint.Dispose();

    private GgufDescription RequireGguf() => Gguf ?? throw new InvalidOperationException($"'{Path}' is no GGUF file.");

    private static bool IsDescription(string file) =>
        System.IO.Path.GetExtension(file) is ".json" or ".txt" or ".model" && !file.EndsWith(".index.json", StringComparison.Ordinal) && new FileInfo(file).Length < 64 << 20;
}
