using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>Opens what commands work on.</summary>
internal static class ModelOpening
{
    /// <summary>Opens a model with its versions and, to edit, its editor.</summary>
    /// <param name="host">Its clock.</param>
    /// <param name="model">The model folder.</param>
    /// <param name="editor">The editor file, or null.</param>
    /// <param name="ledger">The ledger's folder or address, made when it is not there; null keeps versions in memory.</param>
    /// <param name="shards">Number of shards.</param>
    /// <param name="engine">Where to compute.</param>
    /// <param name="cancellationToken">Stops between shards.</param>
    public static async Task<EmbeddedModel> OpenAsync(
        CliHost host, string model, string? editor, string? ledger, int shards, EngineChoice engine, CancellationToken cancellationToken)
    {
        EmbeddedModel opened = await EmbeddedModel.OpenAsync(
            new EmbeddedModelOptions
            {
                ModelFolder = model,
                EditorFile = editor,
                LedgerStore = ledger is null ? null : () => OpenStore(host, model, ledger),
                Shards = shards,
                Engine = engine.Create(),
                Time = host.Time,
            },
            cancellationToken);
        foreach (string note in opened.Architecture.Notes)
        {
            host.Error.WriteLine($"mend: warning: {note}");
        }

        return opened;
    }

    /// <summary>Tokens that can be generated: as many as asked for, or as the model has positions left; at least 1.</summary>
    public static int Room(IEditableModel model, string prompt, int wanted) =>
        model.Architecture is { Task: ModelTask.Causal, MaxPositions: { } positions }
            ? Math.Clamp(positions - new ExampleEncoder(model.Architecture, model.Tokenizer).EncodePrompt(prompt).Length + 1, 1, wanted)
            : wanted;

    /// <summary>The name of a model's ledger where its address has none: that of the folder, or of the model in a hub's cache.</summary>
    public static string ModelName(string model) => HubCache.ModelOf(model) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));

    /// <summary>Opens where a model's versions are kept.</summary>
    public static ILedgerStore OpenStore(CliHost host, string model, string ledger) => host.LedgerAs(LedgerStores.Open(ledger, ModelName(model), host.Time));

    /// <summary>Opens a ledger alone; the model's weights are only looked at for its fingerprint.</summary>
    public static Task<EditLedger> OpenLedgerAsync(CliHost host, ModelFolder folder, string ledger, CancellationToken cancellationToken) =>
        EditLedger.OpenAsync(OpenStore(host, folder.Path, ledger), folder.Fingerprint(), time: host.Time, cancellationToken: cancellationToken);
}
