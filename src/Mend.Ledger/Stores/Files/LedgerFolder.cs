using System.Globalization;

namespace Mend.Ledger;

/// <summary>
/// The names inside a ledger's folder:
/// <code>
/// ledger.json                              the header
/// entries/00000000000000000001.json        an entry, complete from the moment its name exists
/// factors/EDIT/SHARD-SHA256.safetensors    staged factors, committed when an entry names them
/// notes/00000000000000000001.json          a note beside the versions, complete as an entry is
/// tmp/PROCESS.N                           a file being written
/// aside/TIME/00000000000000000009.json     entries that a recovery took out of the log
/// gc.lock                                  shared: staging and appending; exclusive: removing
/// </code>
/// </summary>
internal sealed class LedgerFolder
{
    private const string FactorsSuffix = ".safetensors";
    private const string EntrySuffix = ".json";

    public LedgerFolder(string root)
    {
        Root = Path.GetFullPath(root);
        Header = Path.Combine(Root, "ledger.json");
        Entries = Path.Combine(Root, "entries");
        Factors = Path.Combine(Root, "factors");
        Notes = Path.Combine(Root, "notes");
        Temporary = Path.Combine(Root, "tmp");
        CollectionLock = Path.Combine(Root, "gc.lock");
    }

    public string Root { get; }

    public string Header { get; }

    public string Entries { get; }

    public string Factors { get; }

    public string Notes { get; }

    public string Temporary { get; }

    public string CollectionLock { get; }

    public static bool TryParseEntry(string path, out long version)
    {
        version = 0;
        return path.EndsWith(EntrySuffix, StringComparison.Ordinal)
            && long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out version);
    }

    public static bool TryParseFactors(string path, out StagedKey key)
    {
        key = default;
        string edit = Path.GetFileName(Path.GetDirectoryName(path)) ?? string.Empty;
        string[] parts = Path.GetFileNameWithoutExtension(path).Split('-');
        if (!path.EndsWith(FactorsSuffix, StringComparison.Ordinal)
            || !EditId.IsValid(edit)
            || parts.Length != 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int shard)
            || !Sha256Digest.TryParse(parts[1], out Sha256Digest digest))
        {
            return false;
        }

        key = new StagedKey(new EditId(edit), shard, digest);
        return true;
    }

    public string Entry(ModelVersion version) => Path.Combine(Entries, Numbered(version.Number));

    public string Note(long number) => Path.Combine(Notes, Numbered(number));

    public string FactorsOf(EditId edit) => Path.Combine(Factors, edit.Value);

    public string FactorsFile(StagedKey key) =>
        Path.Combine(FactorsOf(key.Edit), string.Create(CultureInfo.InvariantCulture, $"{key.Shard}-{key.Digest.Hex}{FactorsSuffix}"));

    /// <summary>Creates the folder of notes, durably, where it is missing: a ledger that has none yet has no such folder.</summary>
    public void CreateNotes()
    {
        Create();
        if (!Directory.Exists(Notes))
        {
            Directory.CreateDirectory(Notes);
            DurableFiles.FlushDirectory(Root);
        }
    }

    /// <summary>Where a recovery keeps what it takes out of the log.</summary>
    public string Aside(DateTimeOffset now) => Path.Combine(Root, "aside", now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));

    public string TemporaryFile(string process, long number) =>
        Path.Combine(Temporary, string.Create(CultureInfo.InvariantCulture, $"{process}.{number}"));

    public bool Exists => Directory.Exists(Temporary);

    /// <summary>Makes the ledger's own name and those in it durable.</summary>
    public void Flush()
    {
        DurableFiles.FlushDirectory(Root);
        if (Path.GetDirectoryName(Root) is { } parent)
        {
            DurableFiles.FlushDirectory(parent);
        }
    }

    /// <summary>Creates the folders, durably, where they are missing: every level that is new, in its parent.</summary>
    public void Create()
    {
        if (Exists)
        {
            return;
        }

        List<string> parents = [];
        for (string folder = Root; Path.GetDirectoryName(folder) is { } parent && !Directory.Exists(folder); folder = parent)
        {
            parents.Add(parent);
        }

        // tmp is last: where it is, all the others are.
        foreach (string folder in new[] { Entries, Factors, Temporary })
        {
            Directory.CreateDirectory(folder);
        }

        DurableFiles.FlushDirectory(Root);
        parents.ForEach(DurableFiles.FlushDirectory);
    }

    private static string Numbered(long number) => number.ToString("D20", CultureInfo.InvariantCulture) + EntrySuffix;
}
