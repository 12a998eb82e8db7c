using Mend.Models;

namespace Mend.Editing;

/// <summary>Measures edits: prompt, rephrases and unrelated prompts before and after. Safe to use from several threads.</summary>
public sealed class EditEvaluator
{
    private readonly IPassRunner _runner;
    private readonly ExampleEncoder _encoder;
    private readonly float _editWeight;
    private readonly float _localityWeight;
    private readonly TimeProvider _time;

    /// <summary>Creates the evaluator.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="encoder">Its encoder of examples.</param>
    /// <param name="editWeight">c_edit of the reported loss.</param>
    /// <param name="localityWeight">c_loc of the reported loss.</param>
    /// <param name="time">The clock that edits are timed by; null for the system's.</param>
    public EditEvaluator(IPassRunner runner, ExampleEncoder encoder, float editWeight = 0.1f, float localityWeight = 1f, TimeProvider? time = null)
    {
        _runner = runner;
        _encoder = encoder;
        _editWeight = editWeight;
        _localityWeight = localityWeight;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Computes one edit on top of the base model and measures it; nothing is committed.</summary>
    /// <param name="record">The edit.</param>
    /// <param name="method">How to edit.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    public async Task<EditScore> ScoreAsync(EditRecord record, IEditMethod method, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        EncodedExample edit = EncodedRecord.Of(_encoder, record).Edit;
        IReadOnlyList<EditFactors> factors = await method.ComputeAsync(_runner, edit, 0, cancellationToken).ConfigureAwait(false);
        TimeSpan duration = _time.GetElapsedTime(started);
        EditScore score = await MeasureAsync(record, 0, factors, cancellationToken).ConfigureAwait(false);
        return score with { Duration = duration };
    }

    /// <summary>Measures a record against an edited model.</summary>
    /// <param name="record">The edit that the model should have.</param>
    /// <param name="version">The version to read.</param>
    /// <param name="preview">Factors on top of it.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    public async Task<EditScore> MeasureAsync(
        EditRecord record, long version, IReadOnlyList<EditFactors> preview, CancellationToken cancellationToken)
    {
        EncodedRecord encoded = EncodedRecord.Of(_encoder, record);
        List<EncodedExample> wanted = [encoded.Edit, .. encoded.Rephrases];
        IReadOnlyList<EncodedExample> unrelated = encoded.Unrelated;
        (PassResult before, IReadOnlyList<ArraySegment<int>> predictedBefore) = unrelated.Count == 0
            ? (new PassResult(), [])
            : await PredictAsync(unrelated, 0, [], [], PassOutputs.LogProbabilities, cancellationToken).ConfigureAwait(false);
        (PassResult after, IReadOnlyList<ArraySegment<int>> predicted) = await PredictAsync(
            [.. wanted, .. unrelated], version, preview, before.LogProbabilities?.Data ?? [], PassOutputs.None, cancellationToken).ConfigureAwait(false);

        bool Right(ArraySegment<int> tokens, EncodedExample example) => tokens.AsSpan().SequenceEqual(example.TargetTokens);
        double? Share(int count, Func<int, bool> holds) => count == 0 ? null : Enumerable.Range(0, count).Count(holds) / (double)count;
        double? accuracyBefore = Share(unrelated.Count, i => Right(predictedBefore[i], unrelated[i]));
        double? accuracyAfter = Share(unrelated.Count, i => Right(predicted[wanted.Count + i], unrelated[i]));
        return new EditScore
        {
            Id = record.Id,
            Success = Right(predicted[0], wanted[0]),
            Generality = Share(wanted.Count - 1, i => Right(predicted[i + 1], wanted[i + 1])),
            Locality = Share(unrelated.Count, i => predicted[wanted.Count + i].AsSpan().SequenceEqual(predictedBefore[i])),
            Drawdown = accuracyBefore - accuracyAfter,
            Loss = (_editWeight * after.Likelihood) + (_localityWeight * after.Divergence),
        };
    }

    /// <summary>Predicts every example's answer; the last ones are also held to a reference where there is one.</summary>
    private async Task<(PassResult Result, IReadOnlyList<ArraySegment<int>> Predictions)> PredictAsync(
        IReadOnlyList<EncodedExample> examples,
        long version,
        IReadOnlyList<EditFactors> preview,
        float[] reference,
        PassOutputs outputs,
        CancellationToken cancellationToken)
    {
        ExampleBatch batch = new(examples, _runner.Architecture, _encoder.Padding);
        int vocabulary = _runner.Architecture.Task == ModelTask.Classification ? 2 : _runner.Architecture.Vocabulary;
        int held = reference.Length / vocabulary;
        Objective likelihood = batch.Likelihood();
        int likely = likelihood.LikelihoodRows.Length;
        float total = held == 0 ? likely : likely - held;
        Pass pass = new()
        {
            Batch = batch.Inputs,
            Objective = likelihood with
            {
                // Unrelated answers are predicted too, but only the wanted ones count in the loss.
                LikelihoodWeights = [.. Enumerable.Range(0, likely).Select(i => i < total ? 1f / total : 0f)],
                DivergenceRows = held == 0 ? [] : likelihood.LikelihoodRows[^held..],
                Reference = reference,
            },
            Outputs = outputs,
            Version = version,
            Preview = preview,
        };
        PassResult result = await _runner.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
        return (result, batch.PerExample(result.Predictions));
    }
}
