using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>How well versions hold edits, measured as `mend eval --ledger` does and kept. Safe to use from several threads.</summary>
public sealed class Evaluations
{
    /// <summary>Tokens of a text that its perplexity is of.</summary>
    private const int PerplexityTokens = 4096;

    private readonly IEditableModel _model;
    private readonly TimeProvider _time;
    private readonly ReviewBook _book;

    internal Evaluations(IEditableModel model, TimeProvider time, ReviewBook book)
    {
        _model = model;
        _time = time;
        _book = book;
    }

    /// <summary>Evaluations that ended, the newest first.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<IReadOnlyList<Evaluation>> ListAsync(CancellationToken cancellationToken = default) =>
        [.. (await _book.ReadAsync(cancellationToken).ConfigureAwait(false)).Evaluations.Reverse()];

    /// <summary>Measures a version on edits and keeps the result.</summary>
    /// <param name="id">What the result is found by; no two are the same.</param>
    /// <param name="order">What to measure.</param>
    /// <param name="progress">Told after each edit, with the means so far.</param>
    /// <param name="cancellationToken">Stops between edits; then nothing is kept.</param>
    /// <exception cref="EditRequestException">An edit cannot be used for this model.</exception>
    public async Task<Evaluation> RunAsync(string id, EvaluationOrder order, Action<int, EvaluationReport> progress, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        ExampleEncoder encoder = new(_model.Architecture, _model.Tokenizer);
        EditEvaluator evaluator = new(_model.Runner, encoder, time: _time);
        TextPerplexity? text = order.Text is null ? null : new TextPerplexity(_model.Runner, encoder.Padding, _model.Tokenizer.Encode(order.Text), PerplexityTokens);
        List<EditScore> scores = [];
        foreach (EditRecord record in order.Records)
        {
            scores.Add(await evaluator.MeasureAsync(record, order.Version.Number, [], cancellationToken).ConfigureAwait(false));
            progress(scores.Count, EvaluationReport.Of(scores));
        }

        double? ratio = text is null ? null
            : await text.MeasureAsync(order.Version.Number, [], cancellationToken).ConfigureAwait(false) / await text.MeasureAsync(0, [], cancellationToken).ConfigureAwait(false);
        EvaluationReport report = EvaluationReport.Of(scores);
        EvaluatedNote note = new()
        {
            At = _time.GetUtcNow(),
            Id = id,
            Name = order.Name,
            By = order.By,
            Version = order.Version.Number,
            Records = report.Edits,
            EditSuccess = report.EditSuccess,
            Generality = Number(report.Generality),
            Locality = Number(report.Locality),
            Drawdown = Number(report.Drawdown),
            PerplexityRatio = ratio,
            Seconds = _time.GetElapsedTime(started).TotalSeconds,
        };
        await _book.AddAsync(s => s.Evaluations.Exists(e => e.Id == id) ? null : note, cancellationToken).ConfigureAwait(false);
        return note.ToEvaluation();
    }

    /// <summary>A measure that there is none of is null.</summary>
    /// <param name="value">The measure, or NaN.</param>
    public static double? Number(double value) => double.IsFinite(value) ? value : null;
}

/// <summary>What to measure.</summary>
/// <param name="Records">Edits as the model gets them, with what is looked at around each; at least one.</param>
/// <param name="Version">The version to read.</param>
/// <param name="Name">What to call it, or null.</param>
/// <param name="By">Who asks for it, or null.</param>
/// <param name="Text">Ordinary text whose perplexity is measured too, or null.</param>
public sealed record EvaluationOrder(IReadOnlyList<EditRecord> Records, ModelVersion Version, string? Name, string? By, string? Text);

/// <summary>How well a version held edits.</summary>
/// <param name="Id">What it is found by.</param>
/// <param name="Name">What it was called, or null.</param>
/// <param name="By">Who asked for it, or null.</param>
/// <param name="At">When it ended.</param>
/// <param name="Version">The version that was read.</param>
/// <param name="Records">How many edits it is of.</param>
/// <param name="EditSuccess">Share of edits whose prompt gives the wanted answer.</param>
/// <param name="Generality">Mean share of rephrases that give it; null without rephrases.</param>
/// <param name="Locality">Mean share of unrelated predictions that are as of the unedited model; null without unrelated prompts.</param>
/// <param name="Drawdown">Mean accuracy lost on unrelated prompts; null without any.</param>
/// <param name="PerplexityRatio">Perplexity on the text, to the unedited model's; null without a text.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record Evaluation(
    string Id, string? Name, string? By, DateTimeOffset At, long Version, int Records, double EditSuccess, double? Generality, double? Locality, double? Drawdown, double? PerplexityRatio, double Seconds);
