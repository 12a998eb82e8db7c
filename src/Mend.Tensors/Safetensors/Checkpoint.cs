using System.Text.Json;

namespace Mend.Tensors;

/// <summary>
/// The weights of a model. Of a Hugging Face folder: model.safetensors, or all the files that model.safetensors.index.json names.
/// Opening maps the files and reads their headers only. Safe to share between threads.
/// </summary>
public sealed class Checkpoint : IDisposable
{
    /// <summary>The file of a checkpoint that is not split.</summary>
    public const string SingleFile = "model.safetensors";

    /// <summary>The index of a checkpoint that is split into several files.</summary>
    public const string IndexFile = "model.safetensors.index.json";

    private readonly IReadOnlyList<IDisposable> _files = [];

    /// <param name="folder">The folder.</param>
    /// <param name="files">Its files; owned.</param>
    /// <param name="index">The file of each tensor; it decides where several files hold a tensor. Null for one file.</param>
    private Checkpoint(string folder, List<SafetensorsFile> files, Dictionary<string, string>? index)
        : this(folder, files.SelectMany(file => file.Tensors.Values)
            .Where(tensor => index is null || !index.TryGetValue(tensor.Name, out string? named) || named == Path.GetFileName(tensor.File)), files)
    {
        Unread = files.SelectMany(file => file.Unread.Values)
            .Where(tensor => index is null || !index.TryGetValue(tensor.Name, out string? named) || named == Path.GetFileName(tensor.File))
            .DistinctBy(tensor => tensor.Name).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
    }

    private Checkpoint(string folder, IEnumerable<StoredTensor> all, IReadOnlyList<IDisposable> files)
    {
        Folder = folder;
        _files = files;
        Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);
        foreach (StoredTensor tensor in all)
        {
            if (!tensors.TryAdd(tensor.Name, tensor))
            {
                throw new CheckpointException($"Tensor '{tensor.Name}' is both in '{tensors[tensor.Name].File}' and in '{tensor.File}'. Remove the file that does not belong to the checkpoint.");
            }

            TotalBytes += tensor.ByteLength;
        }

        Tensors = tensors;
    }

    /// <summary>The folder or file it was opened from.</summary>
    public string Folder { get; }

    /// <summary>The tensors of all files, by name.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Tensors of types that are not read, by name.</summary>
    public IReadOnlyDictionary<string, UnreadTensor> Unread { get; } = new Dictionary<string, UnreadTensor>();

    /// <summary>Bytes of all tensors together.</summary>
    public long TotalBytes { get; }

    /// <summary>
    /// A checkpoint that is only described: names, types and shapes, for engines that read no elements (<see cref="ShapeEngine"/>).
    /// Reading its bytes is an error.
    /// </summary>
    /// <param name="source">Where the description is from, for messages.</param>
    /// <param name="tensors">The tensors, each name once.</param>
    public static Checkpoint Described(string source, IEnumerable<(string Name, DType Type, Shape Shape)> tensors) =>
        new(source, tensors.Select(t => new StoredTensor(t.Name, t.Type, t.Shape, source)), []);

    /// <summary>A checkpoint of tensors that lie in files of another kind.</summary>
    /// <param name="source">Where they are from, for messages.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="files">What holds them; owned.</param>
    /// <exception cref="CheckpointException">Two tensors have one name.</exception>
    public static Checkpoint Of(string source, IEnumerable<StoredTensor> tensors, IReadOnlyList<IDisposable> files) => new(source, tensors, files);

    /// <summary>Opens the weights in a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="CheckpointException">Weights are missing or damaged.</exception>
    public static Checkpoint Open(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder))
        {
            throw new CheckpointException(File.Exists(folder)
                ? $"'{folder}' is a file; name the folder that holds the weights."
                : $"Checkpoint folder '{folder}' does not exist. Check the path, or download the model there.");
        }

        string single = Path.Combine(folder, SingleFile);
        string index = Path.Combine(folder, IndexFile);
        if (!File.Exists(single) && !File.Exists(index))
        {
            throw new CheckpointException(MissingWeights.Explain(folder));
        }

        List<SafetensorsFile> files = [];
        Dictionary<string, string>? map = null;
        try
        {
            if (File.Exists(single))
            {
                files.Add(SafetensorsFile.Open(single));
            }
            else
            {
                map = ReadIndex(index);
                OpenIndexed(folder, index, map, files);
            }

            return new Checkpoint(folder, files, map);
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>Whether there is a tensor of this name, read or not.</summary>
    /// <param name="name">The tensor's name.</param>
    public bool Contains(string name) => Tensors.ContainsKey(name) || Unread.ContainsKey(name);

    /// <summary>A tensor by name.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or its type is not read.</exception>
    public StoredTensor Get(string name) =>
        Tensors.TryGetValue(name, out StoredTensor? tensor) ? tensor
            : Unread.TryGetValue(name, out UnreadTensor? unread) ? throw unread.Refusal()
            : throw new CheckpointException($"Checkpoint '{Folder}' has no tensor '{name}'. {TensorLookup.Hint(name, Tensors.Keys)}");

    /// <summary>A tensor by name, whose shape must be the one expected.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="expected">The shape it must have.</param>
    /// <exception cref="CheckpointException">There is no such tensor, or its shape differs.</exception>
    public StoredTensor Get(string name, Shape expected) => Get(name).RequireShape(expected);

    /// <summary>Unmaps the files once no weight loaded from them is left.</summary>
    public void Dispose()
    {
        foreach (IDisposable file in _files)
        {
            file.Dispose();
        }
    }

    private static void OpenIndexed(string folder, string index, Dictionary<string, string> map, List<SafetensorsFile> files)
    {
        Dictionary<string, SafetensorsFile> byName = new(StringComparer.Ordinal);
        foreach (string name in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            // The index comes with the weights and is as untrusted as they are: it names files of its own folder only.
            if (name.Length == 0 || name is "." or ".." || name.Contains('\0') || name != Path.GetFileName(name))
            {
                throw new CheckpointException($"'{index}' names the file '{name}'; file names in the folder '{folder}' are wanted, without a path. The index is damaged: download it again.");
            }

            string path = Path.Combine(folder, name);
            if (!File.Exists(path))
            {
                throw new CheckpointException($"'{index}' names '{name}', but '{path}' does not exist. Download the missing file.");
            }

            SafetensorsFile file = SafetensorsFile.Open(path);
            files.Add(file);
            byName.Add(name, file);
        }

        foreach ((string tensor, string name) in map)
        {
            if (!byName[name].Tensors.ContainsKey(tensor) && !byName[name].Unread.ContainsKey(tensor))
            {
                throw new CheckpointException($"'{index}' says that tensor '{tensor}' is in '{name}', but '{byName[name].Path}' has no such tensor. Index and files do not belong together: download them again.");
            }
        }
    }

    private static Dictionary<string, string> ReadIndex(string index)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(File.ReadAllBytes(index));
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
            {
                throw new CheckpointException($"'{index}' has no object 'weight_map'. The index is damaged: download it again.");
            }

            Dictionary<string, string> names = new(StringComparer.Ordinal);
            foreach (JsonProperty property in map.EnumerateObject())
            {
                if (property.Value.ValueKind != JsonValueKind.String)
                {
                    throw new CheckpointException($"'{index}' gives tensor '{property.Name}' a {property.Value.ValueKind}; a file name is wanted. The index is damaged: download it again.");
                }

                if (!names.TryAdd(property.Name, property.Value.GetString() ?? string.Empty))
                {
                    throw new CheckpointException($"'{index}' lists tensor '{property.Name}' twice. The index is damaged: download it again.");
                }
            }

            return names;
        }
        catch (JsonException e)
        {
            throw new CheckpointException($"'{index}' is not valid JSON: {e.Message} The index is damaged: download it again.", e);
        }
    }
}
