using Mend.Ledger;

namespace Mend.Cli;

/// <summary>Where a model's editor is looked for.</summary>
internal static class EditorLocation
{
    /// <summary>The editor file that is used when none is named.</summary>
    public const string DefaultName = "mend-editor.safetensors";

    /// <summary>The file to use, or null when none is named and the model folder has none.</summary>
    public static string? Find(string model, string? editor)
    {
        string beside = Path.Combine(model, DefaultName);
        return editor ?? (File.Exists(beside) ? beside : null);
    }

    /// <summary>The file to use.</summary>
    /// <exception cref="CliException">There is none.</exception>
    public static string Require(string model, string? editor)
    {
        string file = Find(model, editor) ?? throw new CliException(
            ExitCode.BadInput,
            $"There is no {DefaultName} in '{model}' and no --editor was given; name an editor file, or train one with `mend train --model {model} …`.");
        return File.Exists(file) ? file : throw new CliException(ExitCode.BadInput, $"There is no editor file '{file}'; train one with `mend train`.");
    }
}

/// <summary>Where a model's versions are kept.</summary>
internal static class LedgerLocation
{
    /// <summary>The ledger that is used when none is named: beside the model folder, so that the model stays as it was downloaded.</summary>
    public static string Of(string model, string? ledger) => ledger ?? Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)) + ".ledger";

    /// <summary>The ledger for a command that only reads: null when none is named and there is none yet.</summary>
    /// <exception cref="CliException">One is named and is not there.</exception>
    public static string? ForReading(string model, string? ledger)
    {
        string folder = Of(model, ledger);
        if (PostgresLedgerAddress.IsAddress(folder) || Directory.Exists(folder))
        {
            return folder;
        }

        return ledger is null ? null : throw Missing(folder);
    }

    /// <summary>The ledger for a command that needs one with versions in it.</summary>
    /// <exception cref="CliException">It is not there.</exception>
    public static string Require(string model, string? ledger) =>
        ForReading(model, ledger) ?? throw Missing(Of(model, ledger));

    /// <summary>A ledger's place for people: of a database, without the password; a cluster's is its name.</summary>
    public static string? Show(string? model, string? ledger) => model is null || ledger is null ? ledger : LedgerStores.Describe(ledger, ModelOpening.ModelName(model));

    private static CliException Missing(string folder) =>
        new(ExitCode.Ledger, $"There is no ledger '{folder}'; name the right one with --ledger, or make a first version with `mend edit`.");
}
