using System.Runtime.CompilerServices;
using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;

namespace Mend.Sharding;

/// <summary>
/// Generates token by token with keys and values cached in the shards; decoder-only models and models with an encoder. All texts of one version that run
/// at the same time are generated together, a pass per step, and each has the tokens that it has alone. Safe to use from several threads.
/// </summary>
public sealed class TextGenerator
{
    private readonly IPassRunner _runner;
    private readonly GenerationOptions _options;
    private readonly TimeProvider _time;
    private readonly Dictionary<(long Version, object? Preview), TextBatch> _batches = [];
    private readonly Lock _lock = new();

    /// <summary>Creates the generator.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="time">The clock; null for the system's.</param>
    public TextGenerator(IPassRunner runner, GenerationOptions? options = null, TimeProvider? time = null)
    {
        (_runner, _options, _time) = (runner, options ?? new GenerationOptions(), time ?? TimeProvider.System);
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.RowsPerStep, 2, nameof(options));
    }

    /// <summary>Generates tokens one by one, until one of them ends the text, there are as many as wanted, or the model has no more positions.</summary>
    /// <param name="prompt">The model's input, at least one token.</param>
    /// <param name="options">How to choose.</param>
    /// <param name="stop">Tokens that end the text; they are not returned.</param>
    /// <param name="version">The version to read; pinned for the whole text.</param>
    /// <param name="preview">Factors laid over it; texts with the same list run together.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    /// <exception cref="InputTooLongException">The prompt alone has more tokens than the model has positions.</exception>
    /// <exception cref="ModelException">The model classifies and does not generate, or what it computes is no number.</exception>
    public async IAsyncEnumerable<int> GenerateAsync(
        int[] prompt,
        SamplingOptions options,
        IReadOnlySet<int> stop,
        long version,
        IReadOnlyList<EditFactors> preview,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach ((int token, _) in StepsAsync(prompt, options, stop, null, version, preview, cancellationToken).ConfigureAwait(false))
        {
            yield return token;
        }
    }

    /// <summary>Most tokens that come of a prompt: as many as wanted, or as the model has room for.</summary>
    /// <param name="prompt">The model's input.</param>
    /// <param name="options">How many are wanted.</param>
    public int Limit(int[] prompt, SamplingOptions options) => Math.Min(options.MaxNewTokens, Room(prompt, _runner.Architecture));

    /// <summary>The same as <see cref="GenerateAsync"/>, each token with its likelihood and so many alternatives where these are not null.</summary>
    internal async IAsyncEnumerable<(int Token, ChosenToken? Likelihood)> StepsAsync(
        int[] prompt,
        SamplingOptions options,
        IReadOnlySet<int> stop,
        int? alternatives,
        long version,
        IReadOnlyList<EditFactors> preview,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        options.Validate();
        ModelArchitecture architecture = _runner.Architecture;
        if (architecture.Task == ModelTask.Classification)
        {
            throw new ModelException("This model classifies; it has no text to generate. Ask for its answer with `mend preview` or `mend edit`.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        int limit = Limit(prompt, options);
        if (limit == 0)
        {
            yield break;
        }

        GrowingAnswer text = new(architecture, prompt, options, limit, stop, alternatives);
        TextBatch batch = Join(text, version, preview);
        try
        {
            while (await text.Tokens.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (text.Tokens.TryRead(out (int, ChosenToken?) token))
                {
                    yield return token;
                }
            }

            // A token that was asked for too late is no reason to end as if all were well.
            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            batch.Leave(text);
            await text.Gone.ConfigureAwait(false);
        }
    }

    /// <summary>Tokens that fit. The last one is not read any more, so there may be one more than positions are left.</summary>
    private static int Room(int[] prompt, ModelArchitecture architecture) => architecture.MaxPositions is { } positions
        ? Math.Max(1, positions - (architecture.Task == ModelTask.SequenceToSequence ? 1 : prompt.Length) + 1)
        : int.MaxValue;

    /// <summary>Puts a text to those of its version; the first one sets them going, off the caller's context.</summary>
    private TextBatch Join(GrowingAnswer text, long version, IReadOnlyList<EditFactors> preview)
    {
        (long, object?) key = (version, preview.Count == 0 ? null : preview);
        lock (_lock)
        {
            if (!_batches.TryGetValue(key, out TextBatch? batch))
            {
                _batches[key] = batch = new TextBatch(_runner, version, preview, _options, _time);
                ThreadPool.UnsafeQueueUserWorkItem(_ => _ = RunAsync(key, batch), null);
            }

            batch.Join(text);
            return batch;
        }
    }

    private async Task RunAsync((long, object?) key, TextBatch batch)
    {
        while (IsBusy(key, batch))
        {
            await batch.StepAsync().ConfigureAwait(false);
        }
    }

    private bool IsBusy((long, object?) key, TextBatch batch)
    {
        lock (_lock)
        {
            bool busy = batch.Settle();
            if (!busy)
            {
                _batches.Remove(key);
            }

            return busy;
        }
    }
}
