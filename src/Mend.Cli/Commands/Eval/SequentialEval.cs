using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>Commits edits one after another through the coordinator, as `mend edit` does, and measures all of them now and then.</summary>
/// <param name="model">The model; its ledger gets the edits.</param>
/// <param name="request">What to measure, with the edits as the model gets them.</param>
/// <param name="text">Text for the perplexity, or null.</param>
/// <param name="time">The clock.</param>
internal sealed class SequentialEval(EmbeddedModel model, EvalRequest request, TextPerplexity? text, TimeProvider time)
{
    /// <summary>Edits whose answers are also written freely.</summary>
    private const int MostGenerated = 50;

    /// <summary>Fewer edits hardly meet one another.</summary>
    private const int FewestConsolidated = 10;

    private readonly EditEvaluator _evaluator = new(model.Runner, model.Encoder);
    private readonly List<TimeSpan> _durations = [];
    private TimeSpan _consolidating;
    private int _rejected;

    /// <summary>Scores of the last checkpoint.</summary>
    public IReadOnlyList<EditScore> Scores { get; private set; } = [];

    /// <summary>Runs it.</summary>
    /// <param name="report">Told how many edits are committed, and the last checkpoint.</param>
    /// <param name="cancellationToken">Stops between edits.</param>
    public async Task<IReadOnlyList<EvalCheckpoint>> RunAsync(Action<int, EvalCheckpoint?> report, CancellationToken cancellationToken)
    {
        double before = text is null ? double.NaN : await text.MeasureAsync(0, [], cancellationToken);
        SortedSet<int> stops = [.. Stops(request.Edits.Count), .. request.Checkpoints.Where(c => c <= request.Edits.Count), request.Edits.Count];
        List<EvalCheckpoint> checkpoints = [];
        for (int done = 0; done < request.Edits.Count;)
        {
            int take = Math.Min(request.Batch, stops.First(s => s > done) - done);
            long started = time.GetTimestamp();
            try
            {
                _rejected += (await model.EditAsync([.. request.Edits.Skip(done).Take(take).Select(EvalRun.Request)], cancellationToken)).Rejected.Count;
            }
            catch (EditRejectedException)
            {
                _rejected += take;
            }

            _durations.AddRange(Enumerable.Repeat(time.GetElapsedTime(started) / take, take));
            done += take;
            report(done, checkpoints.LastOrDefault());
            if (stops.Contains(done))
            {
                if (request.Consolidate && done - _rejected >= FewestConsolidated)
                {
                    long began = time.GetTimestamp();
                    await model.ConsolidateAsync(new ConsolidationOptions(), null, cancellationToken);
                    _consolidating += time.GetElapsedTime(began);
                }

                checkpoints.Add(await MeasureAsync(checkpoints.LastOrDefault()?.Edits ?? 0, before, cancellationToken));
                report(done, checkpoints[^1]);
            }
        }

        return checkpoints;
    }

    /// <summary>1, 10, 100, …</summary>
    private static IEnumerable<int> Stops(int count)
    {
        for (int stop = 1; stop <= count; stop *= 10)
        {
            yield return stop;
        }
    }

    private async Task<EvalCheckpoint> MeasureAsync(int since, double perplexityBefore, CancellationToken cancellationToken)
    {
        ModelVersion head = await model.HeadAsync(cancellationToken);
        List<EditScore> scores = [];
        foreach (EditRecord record in request.Edits.Take(_durations.Count))
        {
            scores.Add((await _evaluator.MeasureAsync(record, head.Number, [], cancellationToken)) with { Duration = _durations[scores.Count] });
        }

        Scores = scores;
        return EvalCheckpoint.Of(
            scores,
            text is null ? double.NaN : await text.MeasureAsync(head.Number, [], cancellationToken) / perplexityBefore,
            model.Architecture.Task == ModelTask.Causal ? await GeneratedAsync(head, cancellationToken) : double.NaN,
            await ChangeAsync(head, cancellationToken),
            _durations.Skip(since).Average(d => d.TotalSeconds)) with
        { ConsolidationSeconds = _consolidating.TotalSeconds, Rejected = _rejected };
    }

    /// <summary>Share of edits, evenly chosen, that the model answers rightly when it writes until it would say something else.</summary>
    private async Task<double> GeneratedAsync(ModelVersion head, CancellationToken cancellationToken)
    {
        int count = Math.Min(MostGenerated, _durations.Count), right = 0;
        for (int i = 0; i < count; i++)
        {
            EditRecord record = request.Edits[(int)((long)i * _durations.Count / count)];
            int room = model.Encoder.Encode(record.Prompt, record.Target).TargetTokens.Length + 2;
            SamplingOptions sampling = new() { MaxNewTokens = ModelOpening.Room(model, record.Prompt, room) };
            string answer = (await model.AnswerAsync(new Question(record.Prompt, head) { Sampling = sampling }, cancellationToken)).Text.Trim();
            string wanted = record.Target.Trim();
            right += answer.StartsWith(wanted, StringComparison.Ordinal) && (answer.Length == wanted.Length || !char.IsLetterOrDigit(answer[wanted.Length])) ? 1 : 0;
        }

        return right / (double)count;
    }

    private async Task<IReadOnlyDictionary<string, double>> ChangeAsync(ModelVersion head, CancellationToken cancellationToken)
    {
        IReadOnlyList<EditFactors> changes = JointSolve.Resolve(await model.FactorsAsync(head, cancellationToken));
        return changes.Where(c => c.Rank > 0).GroupBy(c => c.Layer).ToDictionary(c => c.Key, c => WeightChange.Of(model.Folder, model.Engine, c.Key, [.. c]));
    }
}
