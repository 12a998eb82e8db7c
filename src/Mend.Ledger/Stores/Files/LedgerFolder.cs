using System.Globalization;

namespace Mend.Ledger;

/// <summary>
/// The names inside a ledger's folder:
/// <code>
/// ledger.json                              the header
/// entries/00000000000000000001.json        an entry, complete from the moment its name exists
/// factors/EDIT/SHARD-SHA256.safetensors    staged factors, committed when an entry names them
/// inflight/EDIT.OWNER.N                    an empty marker: OWNER holds EDIT
/// owners/OWNER.lock                        locked for as long as the process lives
/// tmp/OWNER.N                              a file being written
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
        InFlight = Path.Combine(Root, "inflight");
        Owners = Path.Combine(Root, "owners");
        Temporary = Path.Combine(Root, "tmp");
        CollectionLock = Path.Combine(Root, "gc.lock");
    }

    public string Root { get; }

    public string Header { get; }

    public string Entries { get; }

    public string Factors { get; }

    public string InFlight { get; }

    public string Owners { get; }

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

    public static bool TryParseMarker(string path, out EditId edit, out string owner)
    {
        string[] parts = Path.GetFileName(path).Split('.');
        bool good = parts.Length == 3 && EditId.IsValid(parts[0]);
        edit = good ? new EditId(parts[0]) : default;
        owner = good ? parts[1] : string.Empty;
        return good;
    }

    /// <summary>The owner in the name of a lock or temporary file.</summary>
    public static string OwnerOf(string path) => Path.GetFileName(path).Split('.')[0];

    public string Entry(ModelVersion version) =>
        Path.Combine(Entries, version.Number.ToString("D20", CultureInfo.InvariantCulture) + EntrySuffix);

    public string FactorsOf(EditId edit) => Path.Combine(Factors, edit.Value);

    public string FactorsFile(StagedKey key) =>
        Path.Combine(FactorsOf(key.Edit), string.Create(CultureInfo.InvariantCulture, $"{key.Shard}-{key.Digest.Hex}{FactorsSuffix}"));

    public string Marker(EditId edit, string owner, long number) =>
        Path.Combine(InFlight, string.Create(CultureInfo.InvariantCulture, $"{edit.Value}.{owner}.{number}"));

    /// <summary>Where a recovery keeps what it takes out of the log.</summary>
    public string Aside(DateTimeOffset now) => Path.Combine(Root, "aside", now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture));

    public string OwnerLock(string owner) => Path.Combine(Owners, owner + ".lock");

    public string TemporaryFile(string owner, long number) =>
        Path.Combine(Temporary, string.Create(CultureInfo.InvariantCulture, $"{owner}.{number}"));

    public bool Exists => Directory.Exists(Temporary);

    /// <summary>Creates the folders, durably, where they are missing.</summary>
    public void Create()
    {
        if (Exists)
        {
            return;
        }

        // tmp is last: where it is, all the others are.
        Directory.CreateDirectory(Root);
        foreach (string folder in new[] { Entries, Factors, InFlight, Owners, Temporary })
        {
            Directory.CreateDirectory(folder);
        }

        DurableFiles.FlushDirectory(Root);
        if (Path.GetDirectoryName(Root) is { } parent)
        {
            DurableFiles.FlushDirectory(parent);
        }
    }
}
