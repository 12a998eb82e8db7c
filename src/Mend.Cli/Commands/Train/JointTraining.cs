using System.Text;
using Mend.Editing;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>Makes an editor of the joint method: measures the edited layers' inputs on subjects, prompts to protect and ordinary text.</summary>
internal static class JointTraining
{
    /// <summary>Name of the method.</summary>
    public const string Method = "joint";

    /// <summary>Name of the other one, which trains networks.</summary>
    public const string Networks = "mend";

    /// <summary>Pieces of text that the model writes where none is given, and tokens of each.</summary>
    private const int WrittenPieces = 24;

    private const int WrittenTokens = 128;

    private const int ProbedEdits = 24;

    /// <summary>Runs it.</summary>
    /// <exception cref="CliException">It was stopped; nothing was written.</exception>
    public static async Task<TrainingResult> RunAsync(
        TrainingRequest request, BaseModel model, IReadOnlyList<EditRecord> records, CliOutput output, TimeProvider time, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> Layers(JointRows rows) =>
            request.Layers.Count > 0 ? model.Architecture.ResolveEditedLayers(request.Layers) : RecommendedLayers.Joint(model.Architecture, rows);
        IReadOnlyList<string> atSubjects = Layers(JointRows.Subject);
        ExampleEncoder encoder = model.Encoder();
        long started = time.GetTimestamp();
        JointEditor editor;
        try
        {
            editor = await ProgressDisplay.RunAsync(output, time, "preparing", async display =>
            {
                string text = request.Text is { } file ? await TextFile.ReadAsync(file, cancellationToken) : await WriteAsync(model, encoder, request.Training.Seed, display, time, cancellationToken);
                MetricData data = new(
                    [.. records.Select(r => new MetricEdit(r.Prompt, r.Target, r.Subject)).Distinct()],
                    [.. records.SelectMany(r => r.Locality).Distinct()],
                    text);
                JointRows rows = request.Rows ?? await RowsAsync(model, encoder, atSubjects, data.Edits, new Progress(display, time, "looking where subjects are looked up"), cancellationToken);
                JointOptions options = rows == JointRows.Answer ? JointOptions.AtAnswers : JointOptions.AtSubjects;
                return await new MetricCollector(model.Chain, encoder, t => model.Folder.Tokenizer.Encode(t)).RunAsync(
                    Layers(rows),
                    options with { Confidence = request.Confidence ?? options.Confidence },
                    data,
                    new Progress(display, time, "measuring the layers' inputs"),
                    cancellationToken);
            });
        }
        catch (OperationCanceledException)
        {
            throw new CliException(ExitCode.Cancelled, "stopped; nothing was written.");
        }
        catch (ArgumentException e)
        {
            throw new CliException(ExitCode.Usage, $"These options do not go together: {e.Message}", e);
        }

        EditorFile.Save(request.Output, editor, model.Folder.Fingerprint(), new Dictionary<string, string> { ["training_data"] = Path.GetFileName(request.Train) });
        return new TrainingResult
        {
            Editor = request.Output,
            Method = Method,
            Rows = editor.Joint.Options.Rows,
            Layers = [.. editor.Layers.Select(l => l.Name)],
            Parameters = editor.Layers.Sum(l => (long)l.Inputs * l.Inputs),
            Steps = 0,
            Seconds = time.GetElapsedTime(started).TotalSeconds,
        };
    }

    /// <summary>Where the model lets edits be made.</summary>
    private static async Task<JointRows> RowsAsync(
        BaseModel model, ExampleEncoder encoder, IReadOnlyList<string> layers, IReadOnlyList<MetricEdit> edits, Progress progress, CancellationToken cancellationToken)
    {
        List<MetricEdit> named = [.. edits.Where(e => e.Subject is not null)];
        int count = Math.Min(ProbedEdits, named.Count);
        double? share = await SubjectProbe.RunAsync(
            model.Chain, encoder, layers, JointOptions.AtSubjects, [.. Enumerable.Range(0, count).Select(i => named[(int)((long)i * named.Count / count)])], progress, cancellationToken);
        return share < SubjectProbe.Enough ? JointRows.Answer : JointRows.Subject;
    }

    /// <summary>Text as the model writes it of itself, begun with frequent words.</summary>
    private static async Task<string> WriteAsync(BaseModel model, ExampleEncoder encoder, int seed, ProgressDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        string[] beginnings = ["The", "In", "A", "It", "He", "When", "This", "They"];
        TextGenerator generator = new(model.Chain);
        StringBuilder text = new();
        long started = time.GetTimestamp();
        for (int i = 0; i < WrittenPieces; i++)
        {
            SamplingOptions sampling = new() { MaxNewTokens = WrittenTokens, Temperature = 1, TopP = 0.95f, Seed = seed + i };
            List<int> tokens = [];
            await foreach (int token in generator.GenerateAsync(encoder.EncodePrompt(beginnings[i % beginnings.Length]), sampling, new HashSet<int>(), 0, [], cancellationToken))
            {
                tokens.Add(token);
            }

            text.Append(beginnings[i % beginnings.Length]).Append(model.Folder.Tokenizer.Decode([.. tokens])).Append('\n');
            double share = (i + 1.0) / WrittenPieces;
            display.Report(share, $"writing text {i + 1}/{WrittenPieces}", time.GetElapsedTime(started) * ((1 - share) / share));
        }

        return text.ToString();
    }

    private sealed class Progress(ProgressDisplay display, TimeProvider time, string what) : IProgress<double>
    {
        private readonly long _started = time.GetTimestamp();

        public void Report(double value) => display.Report(value, what, time.GetElapsedTime(_started) * ((1 - value) / value));
    }
}
