using System.Diagnostics;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;

namespace Mend.Sharding;

/// <summary>
/// Texts of one version that are generated together: each step is one pass with the next rows of all of them. Texts join and leave between steps. What
/// fails one text fails it alone. One step at a time; who reads and who stops reading may be on other threads.
/// </summary>
/// <param name="runner">The model.</param>
/// <param name="version">The version that all of them read.</param>
/// <param name="preview">Factors laid over it.</param>
/// <param name="options">Limits.</param>
/// <param name="time">The clock.</param>
internal sealed class TextBatch(IPassRunner runner, long version, IReadOnlyList<EditFactors> preview, GenerationOptions options, TimeProvider time)
{
    private readonly List<GrowingAnswer> _joining = [];
    private readonly HashSet<GrowingAnswer> _leaving = [];
    private readonly List<GrowingAnswer> _texts = [];
    private readonly Lock _lock = new();
    private IReadOnlyList<(GrowingAnswer Text, int Count)> _step = [];
    private CancellationTokenSource? _stop;
    private long _steps;

    /// <summary>Lets a text take part from the next step on.</summary>
    public void Join(GrowingAnswer text)
    {
        ShardingTelemetry.TextsActive.Add(1);
        lock (_lock)
        {
            _joining.Add(text);
        }
    }

    /// <summary>Lets a text leave before the next step; a step of nothing but texts that leave is cancelled.</summary>
    public void Leave(GrowingAnswer text)
    {
        lock (_lock)
        {
            _leaving.Add(text);
            if (_step.Count > 0 && _step.All(s => _leaving.Contains(s.Text)))
            {
                _stop?.Cancel();
            }
        }
    }

    /// <summary>Takes in who has joined, and lets go who has left.</summary>
    /// <returns>Whether there is anything to do.</returns>
    public bool Settle()
    {
        lock (_lock)
        {
            foreach (GrowingAnswer text in _joining)
            {
                text.Served = _steps;
                _texts.Add(text);
            }

            _joining.Clear();
            foreach (GrowingAnswer text in _leaving)
            {
                text.End(null);
            }

            _leaving.Clear();
        }

        GrowingAnswer[] ended = [.. _texts.Where(t => t.HasEnded)];
        _texts.RemoveAll(t => t.HasEnded);
        foreach (GrowingAnswer text in ended)
        {
            _ = LetGoAsync(text);
        }

        if (ended.Length > 0 || _texts.All(t => t.Waits))
        {
            Wait(_texts, false);
        }

        return _texts.Count > 0;
    }

    /// <summary>Runs one pass.</summary>
    public async Task StepAsync()
    {
        IReadOnlyList<(GrowingAnswer Text, int Count)> step = [];
        try
        {
            await Task.WhenAll(_texts.Where(t => t.IsStale).Select(t => runner.EndSessionAsync(t.Anew())).ToList()).ConfigureAwait(false);
            step = Choose();
            using CancellationTokenSource stop = new();
            Begin(step, stop);
            try
            {
                await PassAsync(step, stop.Token).ConfigureAwait(false);
            }
            finally
            {
                Begin([], null);
            }
        }
        catch (OperationCanceledException) when (step.Count > 0 && step.All(HasLeft))
        {
            // Nobody reads them any more.
        }
        catch (Exception error)
        {
            await FailAsync(step.Count > 0 ? [.. step.Select(s => s.Text)] : [.. _texts], error).ConfigureAwait(false);
        }
    }

    /// <summary>Whose turn it is, and how many rows each has.</summary>
    private List<(GrowingAnswer Text, int Count)> Choose()
    {
        GrowingAnswer[] ready = [.. _texts.Where(t => !t.Waits)];
        GrowingAnswer next = ready.MinBy(t => t.Served)!;
        List<(GrowingAnswer Text, int Count)> step;
        if (GoesAlone(next))
        {
            step = [(next, next.GoesWhole ? next.Need : Math.Min(next.Need, options.RowsPerStep))];
        }
        else
        {
            GrowingAnswer[] together = [.. ready.Where(t => !GoesAlone(t))];
            int[] rows = StepPlan.Share([.. together.Select(t => (t.Need, t.Served))], options.RowsPerStep);
            step = [.. together.Zip(rows).Where(s => s.Second > 0)];
        }

        _steps++;
        foreach ((GrowingAnswer text, _) in step)
        {
            text.Served = _steps;
        }

        return step;
    }

    private async Task PassAsync(IReadOnlyList<(GrowingAnswer Text, int Count)> step, CancellationToken cancellationToken)
    {
        using Activity? span = ShardingTelemetry.StartStep([.. step.Select(s => s.Text.Caller)], version);
        long started = time.GetTimestamp();
        Pass pass = new()
        {
            Batch = GrowingAnswer.Batch(step),
            Texts = [.. step.Select(s => s.Text.Rows(s.Count))],
            StartStage = step[0].Text.Past == 0 ? 0 : runner.Architecture.DecoderStage,
            Version = version,
            Preview = preview,
        };
        PassResult result = await runner.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
        if (result.Texts.Count != step.Count)
        {
            throw new RetryableException($"A pass of {step.Count} texts brought results of {result.Texts.Count}: a silo runs another release. Generate again.");
        }

        ShardingTelemetry.Step(step.Count, step.Sum(s => s.Count), time.GetElapsedTime(started));
        List<Task> ends = [];
        foreach (((GrowingAnswer text, int count), TextResult done) in step.Zip(result.Texts))
        {
            if (done.Fault == TextFault.None)
            {
                text.Take(count, done);
            }
            else if (Refuse(text, done))
            {
                ends.Add(runner.EndSessionAsync(text.Anew()));
            }
        }

        await Task.WhenAll(ends).ConfigureAwait(false);
    }

    /// <summary>Deals with a text that a shard did not go on with.</summary>
    /// <returns>Whether it is read again from its beginning.</returns>
    private bool Refuse(GrowingAnswer text, TextResult result)
    {
        if (result.Fault == TextFault.SessionLost && text.Past > 0)
        {
            ShardingTelemetry.Replays.Add(1);
            return true;
        }

        // Memory comes free when a text ends, so there must be one that will.
        if (result.Fault == TextFault.NoRoom && _texts.Exists(t => t != text && t.Past > 0 && !t.HasEnded))
        {
            ShardingTelemetry.Replays.Add(text.Past > 0 ? 1 : 0);
            Wait([text], true);
            return true;
        }

        text.End(result.Fault == TextFault.NotANumber ? NotANumber.Error() : new RetryableException(result.Reason ?? "A shard cannot go on with a generation; generate again."));
        return false;
    }

    /// <summary>
    /// Ends texts whose pass failed. An error that does not pass by itself may be the fault of one of them: then each is read again from its beginning,
    /// alone until it has shown that it was not.
    /// </summary>
    private async Task FailAsync(IReadOnlyList<GrowingAnswer> texts, Exception error)
    {
        if (texts.Count == 1 || error is RetryableException)
        {
            foreach (GrowingAnswer text in texts)
            {
                text.End(error);
            }

            return;
        }

        ShardingTelemetry.Replays.Add(texts.Count);
        foreach (GrowingAnswer text in texts)
        {
            await LetGoAsync(text.Anew(suspect: true), _ => { }).ConfigureAwait(false);
        }
    }

    private static bool GoesAlone(GrowingAnswer text) => text.GoesWhole || text.IsSuspect;

    private static void Wait(IEnumerable<GrowingAnswer> texts, bool waits)
    {
        foreach (GrowingAnswer text in texts.Where(t => t.Waits != waits))
        {
            text.Waits = waits;
            ShardingTelemetry.TextsWaiting.Add(waits ? 1 : -1);
        }
    }

    private void Begin(IReadOnlyList<(GrowingAnswer Text, int Count)> step, CancellationTokenSource? stop)
    {
        lock (_lock)
        {
            (_step, _stop) = (step, stop);
            if (step.Count > 0 && step.All(s => _leaving.Contains(s.Text)))
            {
                stop?.Cancel();
            }
        }
    }

    private bool HasLeft((GrowingAnswer Text, int Count) step)
    {
        lock (_lock)
        {
            return _leaving.Contains(step.Text);
        }
    }

    private Task LetGoAsync(GrowingAnswer text)
    {
        Wait([text], false);
        ShardingTelemetry.TextsActive.Add(-1);
        return LetGoAsync(text.Session, text.Leave);
    }

    /// <summary>Ends a session, and tells how that went.</summary>
    private async Task LetGoAsync(string session, Action<Exception?> told)
    {
        try
        {
            await runner.EndSessionAsync(session).ConfigureAwait(false);
            told(null);
        }
        catch (Exception error)
        {
            told(error);
        }
    }
}
