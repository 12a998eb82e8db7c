using Mend.Ledger;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Cli;

/// <summary>Where a model's editor is looked for.</summary>
internal static class EditorLocation
{
    /// <summary>The editor file that is used when none is named: in the model folder, or beside a GGUF file with that file's name before it.</summary>
    public const string DefaultName = "mend-editor.safetensors";

    /// <summary>The file to use, or null when none is named and the model has none.</summary>
    public static string? Find(string model, string? editor)
    {
        string own = Own(model);
        return editor ?? (File.Exists(own) ? own : null);
    }

    /// <summary>The file to use.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public static string Require(string model, string? editor)
    {
        string file = Find(model, editor) ?? throw new CliException(
            ExitCode.BadInput,
            $"There is no editor '{Own(model)}' and no --editor was given; name an editor file, or train one with `mend train --model {model} …`.");
        return File.Exists(file) ? file : throw new CliException(ExitCode.BadInput, $"There is no editor file '{file}'; train one with `mend train`.");
    }

    private static string Own(string model) => GgufFile.Is(model) ? $"{ModelFolder.Whole(model)}.{DefaultName}" : Path.Combine(model, DefaultName);
}

/// <summary>Where a model's versions are kept.</summary>
internal static class LedgerLocation
{
    private const string Ending = ".ledger";

    /// <summary>
    /// The ledger that is used when none is named: beside the model folder or file, so that the model stays as it was downloaded, and
    /// the same whichever links lead there and whichever file of a split model is named. A hub's cache makes another folder of every download, and may be emptied at any time: a model in one has
    /// its ledger in the user's data, under the digest of its weights.
    /// </summary>
    /// <exception cref="ModelException">The model is in a hub's cache and cannot be used.</exception>
    public static string Of(CliHost host, string model, string? ledger)
    {
        model = ModelFolder.Whole(model);
        string beside = Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)) + Ending;
        return ledger ?? (Directory.Exists(beside) ? beside
            : HubCache.ModelOf(model) is null ? HubCache.Canonical(model) + Ending
            : Path.Combine(OfHubModels(host), Digest(model)));
    }

    /// <summary>The ledger for a command that only reads: null when none is named and there is none yet.</summary>
    /// <exception cref="CliException">One is named and is not there.</exception>
    public static string? ForReading(CliHost host, string model, string? ledger)
    {
        string folder = Of(host, model, ledger);
        if (PostgresLedgerAddress.IsAddress(folder) || Directory.Exists(folder))
        {
            return folder;
        }

        return ledger is null ? null : throw Missing(folder);
    }

    /// <summary>The ledger for a command that needs one with versions in it.</summary>
    /// <exception cref="CliException">It is not there.</exception>
    public static string Require(CliHost host, string model, string? ledger) =>
        ForReading(host, model, ledger) ?? throw Missing(Of(host, model, ledger));

    /// <summary>A ledger's place for people: of a database, without the password; a cluster's is its name.</summary>
    public static string? Show(string? model, string? ledger) => model is null || ledger is null ? ledger : LedgerStores.Describe(ledger, ModelOpening.ModelName(model));

    private static string OfHubModels(CliHost host) => Path.Combine(
        host.Environment("XDG_DATA_HOME") is { Length: > 0 } data ? data : Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "mend-cluster", "ledgers");

    private static string Digest(string model)
    {
        using ModelFolder folder = ModelFolder.Open(model);
        return folder.Fingerprint().Content!;
    }

    private static CliException Missing(string folder) =>
        new(ExitCode.Ledger, $"There is no ledger '{folder}'; name the right one with --ledger, or make a first version with `mend edit`.");
}
