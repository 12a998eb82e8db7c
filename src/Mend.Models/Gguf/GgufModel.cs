using System.Text.Json.Nodes;
using Mend.Tensors;

namespace Mend.Models.Gguf;

/// <summary>
/// A GGUF file seen as a Hugging Face folder: the options of config.json from its metadata, its tensors under the names that the
/// family gives them, and the files of its tokenizer. Quantised matrices stay as they are stored.
/// </summary>
internal sealed class GgufModel : IDisposable
{
    private readonly IReadOnlyList<GgufFile> _files;

    private GgufModel(string path, IReadOnlyList<GgufFile> files)
    {
        Path = path;
        _files = files;
        Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);
        foreach (StoredTensor tensor in files.SelectMany(f => f.Tensors.Values))
        {
            if (!tensors.TryAdd(tensor.Name, tensor))
            {
                throw new CheckpointException($"Tensor '{tensor.Name}' is both in '{tensors[tensor.Name].File}' and in '{tensor.File}'. The files do not belong together: download them again.");
            }
        }

        Tensors = tensors;
        Blocks = tensors.Keys.Select(GgufTensors.BlockOf).OfType<string>().Distinct().Count();
        GgufArchitecture named = GgufArchitectures.Find(Metadata.Text("general.architecture"), path);
        Architecture = named.OfFile?.Invoke(this) ?? named;
    }

    /// <summary>The file; of a split model the first.</summary>
    public string Path { get; }

    /// <summary>The files that the model lies in.</summary>
    public IReadOnlyList<GgufFile> Files => _files;

    /// <summary>The metadata; of a split model the first file's.</summary>
    public GgufMetadata Metadata => _files[0].Metadata;

    /// <summary>How the family is written.</summary>
    public GgufArchitecture Architecture { get; }

    /// <summary>All tensors under the file's names.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>How many blocks the tensors are of.</summary>
    public int Blocks { get; }

    /// <summary>Opens a file, and the others that a split model has.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">A file is missing or damaged.</exception>
    /// <exception cref="ModelException">The architecture is not read.</exception>
    public static GgufModel Open(string path)
    {
        List<GgufFile> files = [];
        try
        {
            GgufSplit.Open(path, files);
            return new GgufModel(files[0].Path, files);
        }
        catch
        {
            files.ForEach(f => f.Dispose());
            throw;
        }
    }

    /// <summary>The tensor that a parameter is, under the file's name; null for one that the file has in parts or in another form.</summary>
    /// <param name="parameter">Its name among Hugging Face's, or among the file's stacks of matrices.</param>
    public string? FileName(string parameter) =>
        Tensors.ContainsKey(parameter) ? parameter : Tensors.Keys.FirstOrDefault(name => GgufTensors.NameOf(Architecture, name) == parameter);

    /// <summary>The tensors under Hugging Face's names; the checkpoint owns the files from here on.</summary>
    /// <exception cref="ModelException">The file has tensors that the architecture does not know.</exception>
    /// <exception cref="CheckpointException">A tensor has another rank than the architecture's.</exception>
    public Checkpoint Checkpoint()
    {
        List<StoredTensor> parameters = [];
        List<string> unknown = [];
        foreach (StoredTensor stored in Tensors.Values.Where(t => !IsInert(t.Name)))
        {
            if (GgufTensors.Of(Architecture, stored) is { } found)
            {
                parameters.AddRange(found);
            }
            else
            {
                unknown.Add(stored.Name);
            }
        }

        if (unknown.Count > 0)
        {
            throw new ModelException(
                $"'{Path}' has tensors that models of the architecture '{Architecture.Name}' do not have: {string.Join(", ", unknown.Take(3))}{(unknown.Count > 3 ? $" and {unknown.Count - 3} more" : "")}. " +
                "They may change what the model computes, so they are not ignored; take the model's Hugging Face folder.");
        }

        parameters.AddRange(Architecture.Join(this));
        return Mend.Tensors.Checkpoint.Of(Path, parameters, _files);
    }

    /// <summary>A value of the metadata, shortened, as an option.</summary>
    public JsonNode Describe(string key)
    {
        if (Metadata.IsList(key))
        {
            return $"a list of {Metadata.Count(key)}";
        }

        return Metadata.TypeOf(key) switch
        {
            GgufValueType.Text => Metadata.Text(key)!,
            GgufValueType.Bool => Metadata.Flag(key)!.Value,
            _ when Metadata.Number(key) is { } number && double.IsFinite(number) => number,
            _ => JsonValue.Create("not a number"),
        };
    }

    /// <summary>Unmaps the files.</summary>
    public void Dispose()
    {
        foreach (GgufFile file in _files)
        {
            file.Dispose();
        }
    }

    /// <summary>Tensors that the options are made from, or that can be computed.</summary>
    private static bool IsInert(string name) => name.StartsWith("rope_", StringComparison.Ordinal) || name.EndsWith(".attn_rot_embd.weight", StringComparison.Ordinal) || name.EndsWith(".attn_rot_embd", StringComparison.Ordinal);
}
