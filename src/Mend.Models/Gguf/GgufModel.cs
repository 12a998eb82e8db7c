using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mend.Tensors;

namespace Mend.Models.Gguf;

/// <summary>
/// A GGUF file seen as a Hugging Face folder: the options of config.json from its metadata, its tensors under the names that the
/// family gives them, and the files of its tokenizer. Quantised matrices stay as they are stored.
/// </summary>
internal sealed partial class GgufModel : IDisposable
{
    private readonly IReadOnlyList<GgufFile> _files;

    private GgufModel(string path, IReadOnlyList<GgufFile> files)
    {
        Path = path;
        _files = files;
        Architecture = GgufArchitectures.Find(Metadata.Text("general.architecture"), path);
        Dictionary<string, StoredTensor> tensors = new(StringComparer.Ordinal);
        foreach (StoredTensor tensor in files.SelectMany(f => f.Tensors.Values))
        {
            if (!tensors.TryAdd(tensor.Name, tensor))
            {
                throw new CheckpointException($"Tensor '{tensor.Name}' is both in '{tensors[tensor.Name].File}' and in '{tensor.File}'. The files do not belong together: download them again.");
            }
        }

        Tensors = tensors;
        Blocks = tensors.Keys.Select(n => BlockName().Match(n)).Where(m => m.Success).Select(m => m.Groups["block"].Value).Distinct().Count();
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

    /// <summary>The name of a tensor among Hugging Face's, or null when the architecture has no such tensor.</summary>
    /// <param name="name">The file's name.</param>
    public string? HuggingFaceName(string name)
    {
        int dot = name.LastIndexOf('.');
        (string stem, string suffix) = dot < 0 ? (name, "") : (name[..dot], name[dot..]);
        if (suffix is not (".weight" or ".bias"))
        {
            return null;
        }

        if (BlockName().Match(stem) is { Success: true } match)
        {
            return Architecture.BlockTensors.TryGetValue(match.Groups["part"].Value, out string? part)
                ? $"{Architecture.Blocks}.{match.Groups["block"].Value}.{part}{suffix}"
                : null;
        }

        return Architecture.Tensors.TryGetValue(stem, out string? other) ? other + suffix : null;
    }

    /// <summary>The tensors under Hugging Face's names; the checkpoint owns the files from here on.</summary>
    /// <exception cref="ModelException">The file has tensors that the architecture does not know.</exception>
    public Checkpoint Checkpoint()
    {
        List<string> unknown = [.. Tensors.Keys.Where(n => HuggingFaceName(n) is null && !IsInert(n))];
        if (unknown.Count > 0)
        {
            throw new ModelException(
                $"'{Path}' has tensors that models of the architecture '{Architecture.Name}' do not have: {string.Join(", ", unknown.Take(3))}{(unknown.Count > 3 ? $" and {unknown.Count - 3} more" : "")}. " +
                "They may change what the model computes, so they are not ignored; take the model's Hugging Face folder.");
        }

        return Mend.Tensors.Checkpoint.Of(Path, Tensors.Values.Where(t => !IsInert(t.Name)).Select(Converted), _files);
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

    private StoredTensor Converted(StoredTensor stored)
    {
        string name = HuggingFaceName(stored.Name)!;
        return Architecture.GainsPlusOne && stored.Shape.Rank == 1 && stored.Name.EndsWith("norm.weight", StringComparison.Ordinal)
            ? StoredTensor.FromFloats(name, stored.Shape, Array.ConvertAll(stored.ToFloats(), gain => gain - 1), stored.File)
            : stored.Renamed(name);
    }

    [GeneratedRegex(@"^blk\.(?<block>[0-9]+)\.(?<part>.+)$")]
    private static partial Regex BlockName();
}
