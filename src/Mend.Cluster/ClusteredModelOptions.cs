using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Mend.Cluster;

/// <summary>The model that a cluster serves. The same on every silo.</summary>
public sealed class ClusteredModelOptions
{
    /// <summary>The model's name in the cluster: 1 to 100 characters, no slash.</summary>
    [Description("The model's name in the cluster.")]
    [Required(ErrorMessage = WantedName), RegularExpression("[^/]{1,100}", ErrorMessage = WantedName)]
    public string Name { get; set; } = "default";

    /// <summary>The Hugging Face model folder or GGUF file, on the silo's machine.</summary>
    [Description("Hugging Face model folder or GGUF file on this machine, the same content for every silo. Must be set.")]
    [ExistingModel(ErrorMessage = "an existing Hugging Face model folder or GGUF file is wanted")]
    public string ModelFolder { get; set; } = "";

    /// <summary>The editor file; null serves the model for reading and reverting only.</summary>
    [Description("Editor file that `mend train` wrote; without one the model is served for reading and reverting only.")]
    [ExistingFile(ErrorMessage = "an existing editor file is wanted, or none, to serve the model for reading only")]
    public string? EditorFile { get; set; }

    /// <summary>The folder of the editors that a call may name; null for that of <see cref="EditorFile"/>.</summary>
    [Description("Folder of the editors that can be taken into use, by their names. Unset: that of Model:EditorFile.")]
    [ExistingFolder(ErrorMessage = "an existing folder is wanted, or none, for that of Model:EditorFile")]
    public string? EditorFolder { get; set; }

    /// <summary>Where versions are kept: a folder that all silos see, or the address of a PostgreSQL database; see <see cref="LedgerStoreFactory"/>.</summary>
    [Description("Where versions are kept: a folder that all silos see, or postgresql://user:password@host:port/database?ledger=NAME. Must be set.")]
    [Required(ErrorMessage = "a folder or the address of a database is wanted")]
    public string Ledger { get; set; } = "";

    /// <summary>Number of shards.</summary>
    [Description("Number of shards, the same on every silo.")]
    [Range(1, int.MaxValue, ErrorMessage = "a whole number of at least {1} is wanted")]
    public int Shards { get; set; } = 1;

    /// <summary>Bytes of one message between silos and clients at most; what is larger travels in pieces.</summary>
    [Description("Bytes of one message at most, the same on every silo; what is larger travels in pieces.")]
    [Range(SmallestMessage, LargestMessage, ErrorMessage = WantedMessage)]
    public long MessageLimit { get; set; } = 64 << 20;

    /// <summary>Edits of one call at most.</summary>
    [Description("Edits of one call at most.")]
    [Range(1, int.MaxValue, ErrorMessage = "a whole number of at least {1} is wanted")]
    public int EditsPerCall { get; set; } = 1000;

    /// <summary>What a client takes: whatever silos may send.</summary>
    internal const int LargestMessage = 1 << 30;

    /// <summary>Bytes of what travels in one message, beside which the call itself has room.</summary>
    internal int PieceBytes => (int)MessageLimit - BesidePieces;

    private const int SmallestMessage = 64 << 10;
    private const int BesidePieces = 8 << 10;
    private const string WantedMessage = "a size from 64KiB to 1GiB is wanted";
    private const string WantedName = "1 to 100 characters without a slash are wanted";
}
