using System.CommandLine;
using Mend.Sharding;
using Mend.Tensors;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>`mend verify`: compares this engine with recorded reference values.</summary>
internal static class VerifyCommand
{
    public static Command Create(CliHost host)
    {
        Option<string> model = Options.Model();
        Option<string> expected = new("--expected") { Description = "Recorded values: a safetensors file laid out as the reference fixtures are.", HelpName = "FILE", Required = true };
        Option<int> shards = Options.Shards();
        EngineOptions engines = new();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("verify", "Compute everything that a file of reference values records and compare it. Exit code 1 above tolerance.")
        {
            model, expected, shards, json, quiet,
        };
        engines.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            using BaseModel opened = BaseModel.Open(parsed.GetRequiredValue(model), parsed.GetValue(shards), engines.Get(parsed), output, cancellationToken);
            using SafetensorsFile file = SafetensorsFile.Open(parsed.GetRequiredValue(expected));
            if (!ReferenceVerifier.HasInputs(file))
            {
                throw new CliException(ExitCode.BadInput, $"'{file.Path}' records no inputs (input_ids, or tensors named inputs/…), so nothing can be compared; name a file of reference values.");
            }

            ReferenceVerifier verifier = new(opened.Chain, file, folder: opened.Folder);
            IReadOnlyList<ReferenceComparison> compared = await verifier.RunAsync(null, cancellationToken);
            VerifyResult result = VerifyResult.Of(compared, verifier.Digest(), parsed.GetValue(shards));
            output.Result(result, console => result.Write(console));
            return result.Passed ? ExitCode.Ok : ExitCode.CheckFailed;
        });
        return command;
    }
}

/// <summary>What `mend verify` found.</summary>
internal sealed record VerifyResult
{
    public required bool Passed { get; init; }

    public required int Shards { get; init; }

    /// <summary>SHA-256 over every computed bit.</summary>
    public required string Digest { get; init; }

    public required IReadOnlyList<Row> Tensors { get; init; }

    public static VerifyResult Of(IReadOnlyList<ReferenceComparison> compared, string digest, int shards) => new()
    {
        Passed = compared.All(c => c.Passed),
        Shards = shards,
        Digest = digest,
        Tensors = [.. compared.Select(c => new Row(c.Name, Kind(c.Name), c.Error, c.Tolerance, c.Passed, c.Note))],
    };

    public void Write(IAnsiConsole console)
    {
        Table table = CliOutput.Table("kind", "tensors", "worst tensor", "error", "tolerance", "");
        foreach (int right in new[] { 1, 3, 4 })
        {
            table.Columns[right].RightAligned();
        }

        foreach (IGrouping<string, Row> kind in Tensors.GroupBy(t => t.Kind))
        {
            IEnumerable<Row> worst = kind.OrderByDescending(t => t.Tolerance == 0 ? t.Error : t.Error / t.Tolerance);
            List<Row> failed = [.. worst.Where(t => !t.Passed).Take(3)];
            foreach ((Row row, bool isFirst) in (failed.Count > 0 ? failed : [worst.First()]).Select((r, i) => (r, i == 0)))
            {
                table.AddRow(
                    new Text(isFirst ? kind.Key : ""),
                    new Text(isFirst ? Format.Count(kind.Count()) : ""),
                    new Text(row.Name),
                    new Text(row.Note ?? Format.Number(row.Error, "0.0e+0")),
                    new Text(Format.Number(row.Tolerance, "0e+0")),
                    new Text(row.Passed ? "ok" : "FAILED", row.Passed ? Style.Plain : new Style(Color.Red)));
            }
        }

        console.Write(table);
        int bad = Tensors.Count(t => !t.Passed);
        console.WriteLine(bad == 0 ? $"All {Tensors.Count} tensors are within tolerance." : $"{bad} of {Tensors.Count} tensors are above tolerance.");
        console.WriteLine($"Digest of all computed bits, {Shards} {(Shards == 1 ? "shard" : "shards")}: {Digest}");
    }

    /// <summary>base/edit_inner/logits → base logits; inner/…/u → inner u; grad/… → grad; train/adam/… → train adam.</summary>
    private static string Kind(string name)
    {
        string[] parts = name.Split('/');
        return parts[0] switch
        {
            "base" or "post" or "inner" or "edit" or "stats" => $"{parts[0]} {parts[^1]}",
            "train" => $"train {parts[1]}",
            _ => parts[0],
        };
    }

    /// <summary>One tensor.</summary>
    internal sealed record Row(string Name, string Kind, double Error, double Tolerance, bool Passed, string? Note);
}
