using System.Runtime.CompilerServices;
using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;

namespace Mend.Sharding;

/// <summary>
/// Generates token by token with keys and values cached in the shards; decoder-only models and models with an encoder. Safe
/// to use from several threads.
/// </summary>
public sealed class TextGenerator
{
    private readonly IPassRunner _runner;

    /// <summary>Creates the generator.</summary>
    /// <param name="runner">The model.</param>
    public TextGenerator(IPassRunner runner) => _runner = runner;

    /// <summary>Generates tokens one by one, until one of them ends the text, there are as many as wanted, or the model has no more positions.</summary>
    /// <param name="prompt">The model's input, at least one token.</param>
    /// <param name="options">How to choose.</param>
    /// <param name="stop">Tokens that end the text; they are not returned.</param>
    /// <param name="version">The version to read; pinned for the whole text.</param>
    /// <param name="preview">Factors laid over it.</param>
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
        await foreach ((int token, _) in StepsAsync(prompt, options, stop, version, preview, cancellationToken).ConfigureAwait(false))
        {
            yield return token;
        }
    }

    /// <summary>Most tokens that come of a prompt: as many as wanted, or as the model has room for.</summary>
    /// <param name="prompt">The model's input.</param>
    /// <param name="options">How many are wanted.</param>
    public int Limit(int[] prompt, SamplingOptions options) => Math.Min(options.MaxNewTokens, Room(prompt, _runner.Architecture));

    /// <summary>The same as <see cref="GenerateAsync"/>, each token with the logits that it was chosen from.</summary>
    internal async IAsyncEnumerable<(int Token, float[] Logits)> StepsAsync(
        int[] prompt,
        SamplingOptions options,
        IReadOnlySet<int> stop,
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

        int limit = Limit(prompt, options);
        TokenSampler sampler = new(options);
        List<int> tokens = [];
        Session session = new(_runner, prompt);
        try
        {
            while (tokens.Count < limit)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (session.IsStale(tokens))
                {
                    session = await session.AnewAsync().ConfigureAwait(false);
                }

                float[] logits;
                try
                {
                    logits = await session.NextAsync(tokens, version, preview, cancellationToken).ConfigureAwait(false);
                }
                catch (SessionLostException) when (session.Past > 0)
                {
                    // Everything so far is read again, in a session of its own.
                    session = await session.AnewAsync().ConfigureAwait(false);
                    continue;
                }

                NotANumber.ThrowIfAny(logits);
                int token = sampler.Next(logits);
                if (stop.Contains(token))
                {
                    yield break;
                }

                yield return (token, logits);
                tokens.Add(token);
            }
        }
        finally
        {
            await session.EndAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Tokens that fit. The last one is not read any more, so there may be one more than positions are left.</summary>
    private static int Room(int[] prompt, ModelArchitecture architecture) => architecture.MaxPositions is { } positions
        ? Math.Max(1, positions - (architecture.Task == ModelTask.SequenceToSequence ? 1 : prompt.Length) + 1)
        : int.MaxValue;

    /// <summary>Keys and values of one prompt in the shards.</summary>
    private sealed class Session(IPassRunner runner, int[] prompt)
    {
        private readonly string _name = Guid.NewGuid().ToString("n");
        private readonly bool _encodes = runner.Architecture.Task == ModelTask.SequenceToSequence;

        /// <summary>Tokens that the shards hold.</summary>
        public int Past { get; private set; }

        /// <summary>Whether what the shards hold does not serve the text any more, now that it is longer.</summary>
        public bool IsStale(List<int> tokens) => Past > 0 && runner.Architecture.CacheServes?.Invoke(Past, All(tokens).Length) == false;

        /// <summary>Logits of the token after those so far; reads what the shards do not hold yet.</summary>
        public async Task<float[]> NextAsync(
            List<int> tokens, long version, IReadOnlyList<EditFactors> preview, CancellationToken cancellationToken)
        {
            int[] all = All(tokens);
            int[] fresh = all[Past..];
            Pass pass = new()
            {
                Batch = _encodes ? new ModelBatch(1, prompt) { DecoderIds = fresh } : new ModelBatch(1, fresh),
                Outputs = PassOutputs.Logits,
                OutputRows = [fresh.Length - 1],
                StartStage = Past == 0 ? 0 : runner.Architecture.DecoderStage,
                Session = _name,
                Past = Past,
                Version = version,
                Preview = preview,
            };
            PassResult result = await runner.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
            Past = all.Length;
            return result.Logits!.Data;
        }

        public Task EndAsync() => runner.EndSessionAsync(_name);

        /// <summary>Ends the session and begins one of the same prompt that holds nothing yet.</summary>
        public async Task<Session> AnewAsync()
        {
            await EndAsync().ConfigureAwait(false);
            return new Session(runner, prompt);
        }

        private int[] All(List<int> tokens) => [.. _encodes ? [runner.Architecture.DecoderStart ?? 0] : prompt, .. tokens];
    }
}
