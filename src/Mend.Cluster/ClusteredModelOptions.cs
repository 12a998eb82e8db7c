namespace Mend.Cluster;

/// <summary>The model that a cluster serves; the same on every silo.</summary>
public sealed class ClusteredModelOptions
{
    /// <summary>The model's name in the cluster: 1 to 100 characters, no slash.</summary>
    public string Name { get; set; } = "default";

    /// <summary>The Hugging Face model folder, on the silo's machine.</summary>
    public string ModelFolder { get; set; } = "";

    /// <summary>The editor file; null serves the model for reading and reverting only.</summary>
    public string? EditorFile { get; set; }

    /// <summary>Where versions are kept: a folder that all silos see, or the address of a PostgreSQL database; see <see cref="LedgerStoreFactory"/>.</summary>
    public string Ledger { get; set; } = "";

    /// <summary>Number of shards.</summary>
    public int Shards { get; set; } = 1;

    /// <summary>What is wrong with the values, a line each.</summary>
    public IEnumerable<string> Problems()
    {
        if (Name.Length is < 1 or > 100 || Name.Contains('/'))
        {
            yield return $"Name is '{Name}'; 1 to 100 characters without a slash are wanted.";
        }

        if (!Directory.Exists(ModelFolder))
        {
            yield return $"ModelFolder is '{ModelFolder}', which is no folder; name a Hugging Face model folder.";
        }

        if (EditorFile is not null && !File.Exists(EditorFile))
        {
            yield return $"EditorFile is '{EditorFile}', which is no file; name an editor, or leave it out to serve the model for reading only.";
        }

        if (string.IsNullOrWhiteSpace(Ledger))
        {
            yield return "Ledger is empty; name the folder or the database that keeps the versions.";
        }

        if (Shards < 1)
        {
            yield return $"Shards is {Shards}; at least 1 is wanted.";
        }
    }
}
