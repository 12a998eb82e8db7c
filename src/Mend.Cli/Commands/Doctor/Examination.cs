using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Chat;
using Mend.Models.Execution;
using Mend.Models.Tokenizers;
using Mend.Tensors;
using Mend.Tensors.Cpu;
using Finding = Mend.Cli.DoctorReport.Finding;

namespace Mend.Cli;

/// <summary>Looks at a model part by part; a part that cannot be used is a finding, and the parts that do not need it are looked at all the same.</summary>
/// <param name="host">Its clock.</param>
/// <param name="model">The folder or file.</param>
/// <param name="editor">An editor file to look at beside those in the folder, or null.</param>
/// <param name="ledger">The ledger, or null for the model's own.</param>
internal sealed class Examination(CliHost host, string model, string? editor, string? ledger)
{
    private const string EditorPattern = "*.safetensors";

    private readonly List<Finding> _findings = [];

    public async Task<DoctorReport> RunAsync(CancellationToken cancellationToken)
    {
        Look("family", () => Architecture(ModelFamilies.Describe(ConfigReader.Open(model))));
        using ModelFolder? folder = Look("weights", Weights);
        Look("tokenizer", () => Tokenizer(TokenizerLoader.Load(model), folder?.Architecture));
        if (folder is not null || Directory.Exists(model))
        {
            Look("chat template", () => Templates(folder?.ChatTemplates ?? ChatTemplates.Read(model)));
        }

        if (folder is not null && Look("fingerprint", () => Fingerprint(folder)) is { } fingerprint)
        {
            await LedgerAsync(folder, cancellationToken);
            Editors(folder, fingerprint);
        }

        return new DoctorReport(Path.GetFullPath(model), _findings);
    }

    private static (Finding, ModelArchitecture) Architecture(ModelArchitecture found)
    {
        int blocks = found.Stages.Count(s => s.Kind == StageKind.Block);
        string positions = found.MaxPositions is { } most ? $"{Format.Count(most)} positions" : "any number of positions";
        return (new Finding(
            "family",
            FindingState.Good,
            $"{found.Family} ({found.Task}), {blocks} blocks of width {found.Width}, {Format.Count(found.Vocabulary)} tokens, {positions}"), found);
    }

    private (Finding, ModelFolder) Weights()
    {
        ModelFolder folder = ModelFolder.Open(model);
        try
        {
            List<StoredTensor> tensors = [.. folder.Architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name)
                .Select(p => StoredParameters.Get(folder.Checkpoint, p.Name))];
            _findings.AddRange(folder.Architecture.Notes.Select(note => new Finding("head", FindingState.Good, note)));
            if (WithoutNumbers(tensors) is { Count: > 0 } broken)
            {
                throw new CheckpointException(
                    $"{broken.Count} of {tensors.Count} tensors hold NaN or infinities, '{broken[0].Name}' in '{broken[0].File}' first; the model would answer nothing of use. Download the weights again, or take an earlier checkpoint of your training.");
            }

            string types = string.Join(", ", tensors.GroupBy(t => t.Type).OrderByDescending(g => g.Sum(t => t.ByteLength)).Select(g => $"{g.Key} {Format.Bytes(g.Sum(t => t.ByteLength))}"));
            return (new Finding("weights", FindingState.Good, $"{Format.Count(tensors.Sum(t => t.Shape.Length))} parameters in {tensors.Count} tensors: {types}"), folder);
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Tensors with elements that are no finite numbers. Reads everything.</summary>
    private static List<StoredTensor> WithoutNumbers(List<StoredTensor> tensors) => [.. tensors.Where(tensor =>
    {
        bool finite = true;
        if (tensor.Type.Loaded().IsWeightType())
        {
            default(TensorOrder).Read(tensor, values => finite &= values.IndexOfAny(float.NaN, float.PositiveInfinity, float.NegativeInfinity) < 0);
            tensor.Forget(0, tensor.ByteLength);
        }

        return !finite;
    })];

    private static (Finding, ChatTemplates) Templates(ChatTemplates found)
    {
        foreach (string name in found.Names)
        {
            _ = found.Select(name);
        }

        return (new Finding(
            "chat template",
            FindingState.Good,
            found.Names.Count == 0 ? "none: a base model, or files are missing; `mend chat` and --chat need --chat-template FILE" : string.Join(", ", found.Names)), found);
    }

    private static (Finding, ITokenizer) Tokenizer(ITokenizer found, ModelArchitecture? architecture)
    {
        string text = $"{Format.Count(found.VocabularySize)} ids, begins with {Name(found.BosId)}, ends with {Name(found.EndOfTextId)}";
        return (architecture is not null && found.VocabularySize > architecture.Vocabulary
            ? new Finding(
                "tokenizer",
                FindingState.Missing,
                $"{text}; {found.VocabularySize - architecture.Vocabulary} of its ids have no row in the model's embeddings",
                $"Prompts that use ids from {architecture.Vocabulary} on are refused; check that the tokenizer belongs to the weights.")
            : new Finding("tokenizer", FindingState.Good, text), found);

        string Name(int? id) => id is { } known ? $"'{found.Tokens([known])[0]}'" : "nothing";
    }

    private static (Finding, BaseModelFingerprint) Fingerprint(ModelFolder folder)
    {
        BaseModelFingerprint found = folder.Fingerprint();
        return (new Finding("fingerprint", FindingState.Good, string.Join(", ", found.Parts.Select(p => $"{p.Key} {p.Value}"))), found);
    }

    private async Task LedgerAsync(ModelFolder folder, CancellationToken cancellationToken)
    {
        string where = LedgerLocation.Show(model, LedgerLocation.Of(host, model, ledger))!;
        try
        {
            if (LedgerLocation.ForReading(host, model, ledger) is not { } place)
            {
                _findings.Add(new Finding("ledger", FindingState.Missing, $"none yet at {where}", "`mend edit` makes the first version there."));
                return;
            }

            await using EditLedger log = await ModelOpening.OpenLedgerAsync(host, folder, place, cancellationToken);
            ModelVersion head = await log.HeadAsync(cancellationToken);
            _findings.Add(new Finding("ledger", FindingState.Good, $"version {head} at {where}"));
        }
        catch (Exception error) when (error is not OperationCanceledException && ErrorReport.IsExpected(error))
        {
            _findings.Add(Bad("ledger", error));
        }
    }

    private void Editors(ModelFolder folder, BaseModelFingerprint fingerprint)
    {
        List<string> files = [.. Candidates().Distinct()];
        using CpuEngine engine = new();
        foreach (string file in files)
        {
            Look($"editor {Path.GetFileName(file)}", () =>
            {
                using IEditor found = EditorFile.Open(file, engine, folder.Architecture, fingerprint);
                return (new Finding($"editor {Path.GetFileName(file)}", FindingState.Good, $"edits {string.Join(", ", found.Layers.Select(l => l.Name))}"), found);
            });
        }

        if (files.Count == 0)
        {
            _findings.Add(new Finding("editor", FindingState.Missing, "none in the model's folder", "Reading needs none; to edit, name one with --editor or train one with `mend train`."));
        }
    }

    /// <summary>The file that was named, and what lies in the model's folder and says that it is an editor.</summary>
    private IEnumerable<string> Candidates()
    {
        if (editor is not null)
        {
            yield return Path.GetFullPath(editor);
        }

        string folder = Directory.Exists(model) ? model : Path.GetDirectoryName(Path.GetFullPath(model))!;
        foreach (string file in Directory.EnumerateFiles(folder, EditorPattern).Order(StringComparer.Ordinal).Where(EditorFile.Is))
        {
            yield return Path.GetFullPath(file);
        }
    }

    private T? Look<T>(string part, Func<(Finding Finding, T Found)> look)
        where T : class
    {
        try
        {
            (Finding finding, T found) = look();
            _findings.Add(finding);
            return found;
        }
        catch (Exception error) when (error is not OperationCanceledException && ErrorReport.IsExpected(error))
        {
            _findings.Add(Bad(part, error));
            return null;
        }
    }

    /// <summary>Messages end with what to do about it.</summary>
    private static Finding Bad(string part, Exception error) => new(part, FindingState.Bad, ErrorReport.OneLine(error.Message));
}
