using System.Globalization;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>A plan, as `mend plan --json` writes it. Bytes unless said otherwise.</summary>
internal sealed record PlanReport
{
    public required string Family { get; init; }

    public required int Blocks { get; init; }

    public required long Parameters { get; init; }

    public required long WeightBytes { get; init; }

    /// <summary>Whether element types come from weight files; else from the configuration.</summary>
    public required bool FromWeights { get; init; }

    public required int Tokens { get; init; }

    public required int Batch { get; init; }

    public required IReadOnlyList<LayerRow> EditedLayers { get; init; }

    public required int EditorRank { get; init; }

    public required long EditorParameters { get; init; }

    public required long EditorBytes { get; init; }

    /// <summary>Bytes of an edit's factors for each token that enters the editor.</summary>
    public required long EditBytesPerToken { get; init; }

    public long? DeviceMemory { get; init; }

    /// <summary>Whether every shard fits, or null when no device memory was given.</summary>
    public bool? Fits => DeviceMemory is null ? null : Shards.All(s => s.Fits == true);

    public long WireBytesForward => Shards.Sum(s => s.SendsForwardBytes);

    public long WireBytesBackward => Shards.Sum(s => s.SendsBackwardBytes);

    public required IReadOnlyList<ShardRow> Shards { get; init; }

    /// <summary>Every layer that can be edited, when asked for.</summary>
    public IReadOnlyList<string>? AllLayers { get; init; }

    public void Write(IAnsiConsole console)
    {
        console.WriteLine($"{Family}: {Blocks} blocks, {Format.Count(Parameters)} parameters, {Format.Bytes(WeightBytes)}{(FromWeights ? "" : " (element type as config.json says; no weights looked at)")}.");
        Table table = CliOutput.Table("shard", "holds", "blocks", "weights", "edited layers", "editor", "folded edits", "activations", "cache", "sends on", "sends back", "needs");
        foreach (TableColumn column in table.Columns.Skip(2))
        {
            column.RightAligned();
        }

        foreach (ShardRow shard in Shards)
        {
            string fits = shard.Fits switch
            {
                true => " fits",
                false => " TOO BIG",
                _ => "",
            };
            string[] cells =
            [
                shard.Index.ToString(CultureInfo.InvariantCulture),
                $"{shard.FirstStage} .. {shard.LastStage}",
                shard.Blocks.ToString(CultureInfo.InvariantCulture),
                string.Join("\n", shard.WeightBytesByType.Select(t => $"{Format.Bytes(t.Value)} {t.Key}")),
                shard.EditedLayers.ToString(CultureInfo.InvariantCulture),
                Format.Bytes(shard.EditorBytes),
                Format.Bytes(shard.FoldedBytes),
                Format.Bytes(shard.ActivationBytes),
                Format.Bytes(shard.CacheBytes),
                Format.Bytes(shard.SendsForwardBytes),
                Format.Bytes(shard.SendsBackwardBytes),
                Format.Bytes(shard.NeededBytes) + fits,
            ];
            table.AddRow(cells.Select(c => new Text(c)));
        }

        console.Write(table);
        console.WriteLine($"Activations and cache: at most, for {Batch} x {Tokens} tokens. A pass sends {Format.Bytes(WireBytesForward)} forward and, for an edit, {Format.Bytes(WireBytesBackward)} back.");
        console.WriteLine($"Editor of rank {EditorRank}: {Format.Count(EditorParameters)} parameters, {Format.Bytes(EditorBytes)}; an edit takes at most {Format.Bytes(EditBytesPerToken)} a token, until it is folded.");
        console.WriteLine("Edited layers:");
        foreach (LayerRow layer in EditedLayers)
        {
            console.WriteLine($"  {layer.Name}  {layer.Inputs} x {layer.Outputs}");
        }

        if (AllLayers is not null)
        {
            console.WriteLine("Layers that can be edited:");
            foreach (string layer in AllLayers)
            {
                console.WriteLine($"  {layer}");
            }
        }

        if (DeviceMemory is { } memory)
        {
            console.WriteLine(Fits == true
                ? $"Every shard fits a device of {Format.Bytes(memory)}."
                : $"Not every shard fits a device of {Format.Bytes(memory)}; take more shards (--shards), shorter or fewer sequences, or a larger device.");
        }
    }
}

/// <summary>An edited layer.</summary>
internal sealed record LayerRow(string Name, int Inputs, int Outputs);

/// <summary>What one shard holds and needs.</summary>
internal sealed record ShardRow
{
    public required int Index { get; init; }

    public required string FirstStage { get; init; }

    public required string LastStage { get; init; }

    public required int Blocks { get; init; }

    public required long Parameters { get; init; }

    public required long WeightBytes { get; init; }

    public required IReadOnlyDictionary<string, long> WeightBytesByType { get; init; }

    public required int EditedLayers { get; init; }

    public required long EditorBytes { get; init; }

    /// <summary>Float32 copies of the edited layers, once their edits are folded.</summary>
    public required long FoldedBytes { get; init; }

    public required long ActivationBytes { get; init; }

    public required long CacheBytes { get; init; }

    public required long SendsForwardBytes { get; init; }

    public required long SendsBackwardBytes { get; init; }

    public long NeededBytes => WeightBytes + EditorBytes + FoldedBytes + ActivationBytes + CacheBytes;

    public bool? Fits { get; init; }
}
