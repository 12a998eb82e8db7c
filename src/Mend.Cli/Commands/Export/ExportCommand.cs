using System.CommandLine;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>`mend export`: writes a version as a model of its own.</summary>
internal static class ExportCommand
{
    private const string Gguf = "gguf", Safetensors = "safetensors";

    public static Command Create(CliHost host)
    {
        Option<string> model = Options.Model();
        Option<string?> ledger = Options.Ledger();
        Option<string> target = new("--out", "-o") { Description = "The folder or the .gguf file to write; must not exist yet.", HelpName = "DIR|FILE", Required = true };
        Option<string?> format = new("--format") { Description = $"{Safetensors}: a Hugging Face folder; {Gguf}: a GGUF file, of a model that is one. Default: as the model is." };
        format.AcceptOnlyFromAmong(Gguf, Safetensors);
        Option<int?> version = Options.OptionalNumber("--version", "The version to write; 0 is the unedited model and needs no ledger. Default: the newest.", 0);
        Option<bool> asFloat32 = new("--f32") { Description = "Write the changed tensors as float32 instead of in the checkpoint's own type (float16 for a GGUF file's), so that rounding takes nothing from the edits. A folder made of a GGUF file is float32 as a whole." };
        EngineOptions engines = new();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("export", "Write a version as a model of its own: changed tensors anew, everything else as it is. A GGUF file becomes a GGUF file or a Hugging Face folder.")
        {
            model, ledger, target, format, version, asFloat32, json, quiet,
        };
        engines.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            string folder = parsed.GetRequiredValue(model), to = parsed.GetRequiredValue(target);
            using ModelFolder opened = ModelFolder.Open(folder);
            string kind = Kind(opened, parsed.GetValue(format));
            (ModelVersion read, IReadOnlyList<EditFactors> factors) = await ReadAsync(host, opened, parsed.GetValue(ledger), parsed.GetValue(version), cancellationToken);
            using IEngine engine = engines.Get(parsed).Create();
            IReadOnlyList<ExportedTensor> written = await Task.Run(
                () => Writer(opened, kind)(opened, factors, engine, to, parsed.GetValue(asFloat32), cancellationToken), CancellationToken.None);
            output.Result(
                new { Folder = to, Format = kind, Version = read.Number, Tensors = written.Select(t => new { t.Name, Type = t.Type.ToString().ToLowerInvariant(), t.Change, t.RoundingLoss, t.LosesEdit }) },
                console => Write(console, to, read, written));
            Warn(output, written);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The format that was asked for or that the model has.</summary>
    /// <exception cref="CliException">The model cannot be written in it.</exception>
    private static string Kind(ModelFolder opened, string? asked) => asked == Gguf && !opened.IsGguf
        ? throw new CliException(
            ExitCode.Usage, $"--format {Gguf} is for models that are GGUF files, and '{opened.Path}' is a folder; export the folder, and convert that with llama.cpp's convert_hf_to_gguf.py.")
        : asked ?? (opened.IsGguf ? Gguf : Safetensors);

    private static Func<ModelFolder, IReadOnlyList<EditFactors>, IEngine, string, bool, CancellationToken, IReadOnlyList<ExportedTensor>> Writer(ModelFolder opened, string format) =>
        format == Gguf ? EditedGguf.Write : opened.IsGguf ? ConvertedCheckpoint.Write : EditedCheckpoint.Write;

    /// <summary>The version and its edits; the base model needs no ledger.</summary>
    private static async Task<(ModelVersion Version, IReadOnlyList<EditFactors> Factors)> ReadAsync(
        CliHost host, ModelFolder model, string? ledger, int? version, CancellationToken cancellationToken)
    {
        if (version == ModelVersion.Base.Number && LedgerLocation.ForReading(host, model.Path, ledger) is null)
        {
            return (ModelVersion.Base, []);
        }

        await using EditLedger log = await ModelOpening.OpenLedgerAsync(host, model, LedgerLocation.Require(host, model.Path, ledger), cancellationToken);
        ModelVersion read = version is { } number ? new ModelVersion(number) : await log.HeadAsync(cancellationToken);
        return (read, (await new LedgerFactors(log).FactorsAsync(read.Number, _ => true, cancellationToken)).Factors);
    }

    private static void Write(IAnsiConsole console, string to, ModelVersion version, IReadOnlyList<ExportedTensor> written)
    {
        if (written.Count == 0)
        {
            console.WriteLine($"Version {version} has no edits; wrote the base model to {to}.");
            return;
        }

        Table table = CliOutput.Table("changed tensor", "type", "change", "lost by rounding");
        table.Columns[2].RightAligned();
        table.Columns[3].RightAligned();
        foreach (ExportedTensor tensor in written)
        {
            table.AddRow(
                new Text(tensor.Name),
                new Text(tensor.Type.ToString().ToLowerInvariant()),
                new Text(Format.Number(100 * tensor.Change, "0.00") + " %"),
                new Text(Format.Number(100 * tensor.RoundingLoss, "0.00") + " %", tensor.LosesEdit ? new Style(Color.Yellow) : Style.Plain));
        }

        console.Write(table);
        console.WriteLine($"Wrote version {version} to {to}.");
    }

    private static void Warn(CliOutput output, IReadOnlyList<ExportedTensor> written)
    {
        foreach (ExportedTensor tensor in written.Where(t => t.LosesEdit))
        {
            output.Warn($"rounding to {tensor.Type.ToString().ToLowerInvariant()} loses {Format.Number(100 * tensor.RoundingLoss, "0.0")} % of the edits of {tensor.Name}; --f32 keeps them whole.");
        }
    }
}
