using System.Globalization;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>A plan, as `mend plan --json` writes it. Bytes unless said otherwise.</summary>
internal sealed record PlanReport
{
    public required string Family { get; init; }

    public required int Blocks { get; init; }

    public required long Parameters { get; init; }

    public required long WeightBytes { get; init; }

    /// <summary>Parameters that the pass of one token reads: of a mixture of experts only some, of other models null for all.</summary>
    public required long? ParametersPerToken { get; init; }

    /// <summary>Their bytes.</summary>
    public required long? WeightBytesPerToken { get; init; }

    /// <summary>Whether element types come from weight files; else from the configuration.</summary>
    public required bool FromWeights { get; init; }

    public required int Tokens { get; init; }

    /// <summary>Tokens of the answer, which logits are computed for; null for a classifier, which has one answer of one logit.</summary>
    public required int? AnswerTokens { get; init; }

    /// <summary>Whether the answer's tokens come on top of <see cref="Tokens"/>, read by a decoder of its own.</summary>
    public required bool DecoderReadsAnswers { get; init; }

    public required int Batch { get; init; }

    public required IReadOnlyList<LayerRow> EditedLayers { get; init; }

    public required int EditorRank { get; init; }

    /// <summary>What training changes, as `mend train` reports it.</summary>
    public required long EditorLearnedParameters { get; init; }

    /// <summary>Whitening matrices included: every float32 value of the editor file.</summary>
    public required long EditorParameters { get; init; }

    public required long EditorBytes { get; init; }

    /// <summary>Bytes of an edit's factors for each token that enters the editor.</summary>
    public required long EditBytesPerToken { get; init; }

    public long? DeviceMemory { get; init; }

    /// <summary>Whether every shard fits, or null when no device memory was given.</summary>
    public bool? Fits => DeviceMemory is null ? null : Shards.All(s => s.Fits == true);

    /// <summary>All shards in one process, as `mend edit` and the other commands run them.</summary>
    public required MemoryRow InOneProcess { get; init; }

    /// <summary>The same figures from running the work with the weights, where that was asked for.</summary>
    public MeasuredPlan? Measured { get; init; }

    public long WireBytesForward => Shards.Sum(s => s.SendsForwardBytes);

    public long WireBytesBackward => Shards.Sum(s => s.SendsBackwardBytes);

    public required IReadOnlyList<ShardRow> Shards { get; init; }

    /// <summary>Every layer that can be edited, when asked for.</summary>
    public IReadOnlyList<string>? AllLayers { get; init; }

    public void Write(IAnsiConsole console)
    {
        console.WriteLine($"{Family}: {Blocks} blocks, {Format.Count(Parameters)} parameters, {Format.Bytes(WeightBytes)}{(FromWeights ? "" : " (element type as config.json says; no weights looked at)")}.");
        if (ParametersPerToken is { } read && WeightBytesPerToken is { } bytes)
        {
            console.WriteLine($"A token goes to some of the experts only: its pass reads {Format.Count(read)} parameters, {Format.Bytes(bytes)}.");
        }

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
            string weights = string.Join("\n", shard.WeightBytesByType.Select(t => $"{Format.Bytes(t.Value)} {t.Key}"));
            Row(table, shard, shard.Index.ToString(CultureInfo.InvariantCulture), $"{shard.FirstStage} .. {shard.LastStage}", shard.Blocks, weights, shard.EditedLayers, fits);
        }

        if (Shards.Count > 1)
        {
            Row(table, InOneProcess, "all", "in one process", Blocks, Format.Bytes(InOneProcess.WeightBytes), EditedLayers.Count, "");
        }

        foreach ((int i, MemoryRow row) in (Measured?.Shards ?? []).Index())
        {
            Row(table, row, i.ToString(CultureInfo.InvariantCulture), "measured", Shards[i].Blocks, Format.Bytes(row.WeightBytes), Shards[i].EditedLayers, "");
        }

        console.Write(table);
        string answer = AnswerTokens is null ? "" : $", answers of {AnswerTokens}";
        console.WriteLine($"Activations: the most bytes of tensors in a gradient pass of {Batch} x {Tokens} tokens{answer}, or in one edit of that length with its search for the strength, whichever is more.");
        console.WriteLine(AnswerTokens is null
            ? "Needs: all of these at once. A classifier generates nothing and has no cache."
            : $"Cache: float32 keys and values of {Batch} generated texts of {Tokens} tokens{(DecoderReadsAnswers ? $" and answers of {AnswerTokens}" : "")}. Needs: all of these at once.");
        console.WriteLine($"A pass of {Batch} x {Tokens} tokens sends {Format.Bytes(WireBytesForward)} forward and, for an edit, {Format.Bytes(WireBytesBackward)} back.");
        console.WriteLine($"Editor of rank {EditorRank}: {Format.Count(EditorLearnedParameters)} parameters{(EditorParameters > EditorLearnedParameters ? $" and {Format.Count(EditorParameters - EditorLearnedParameters)} of whitening" : "")}, {Format.Bytes(EditorBytes)}; an edit takes at most {Format.Bytes(EditBytesPerToken)} a token, until it is folded.");
        if (Measured is not null)
        {
            console.WriteLine($"Planned and measured figures differ by at most {Format.Number(100 * Measured.LargestDifference, "0.##")} %.");
        }

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

    private static void Row(Table table, MemoryRow row, string index, string holds, int blocks, string weights, int editedLayers, string fits)
    {
        string[] cells =
        [
            index,
            holds,
            blocks.ToString(CultureInfo.InvariantCulture),
            weights,
            editedLayers.ToString(CultureInfo.InvariantCulture),
            Format.Bytes(row.EditorBytes),
            Format.Bytes(row.FoldedBytes),
            Format.Bytes(row.ActivationBytes),
            Format.Bytes(row.CacheBytes),
            Format.Bytes(row.SendsForwardBytes),
            Format.Bytes(row.SendsBackwardBytes),
            Format.Bytes(row.NeededBytes) + fits,
        ];
        table.AddRow(cells.Select(c => new Text(c)));
    }
}

/// <summary>An edited layer.</summary>
internal sealed record LayerRow(string Name, int Inputs, int Outputs);

/// <summary>What one shard holds and needs.</summary>
internal sealed record ShardRow(Mend.Sharding.Footprint Footprint) : MemoryRow(Footprint)
{
    public required int Index { get; init; }

    public required string FirstStage { get; init; }

    public required string LastStage { get; init; }

    public required int Blocks { get; init; }

    public required long Parameters { get; init; }

    public required IReadOnlyDictionary<string, long> WeightBytesByType { get; init; }

    public required int EditedLayers { get; init; }

    public bool? Fits { get; init; }
}
