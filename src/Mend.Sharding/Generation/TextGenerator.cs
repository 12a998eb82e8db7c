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
    /// <exception cref="ModelException">The model classifies and does not generate.</exception>
    public async IAsyncEnumerable<int> GenerateAsync(
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

        bool encodes = architecture.Task == ModelTask.SequenceToSequence;
        TokenSampler sampler = new(options);
        string session = Guid.NewGuid().ToString("n");
        int[] next = encodes ? [architecture.DecoderStart ?? 0] : prompt;

        // The last token is not read any more, so there may be one more than positions are left.
        int room = architecture.MaxPositions is { } positions ? Math.Max(1, positions - next.Length + 1) : int.MaxValue;
        try
        {
            for (int i = 0; i < Math.Min(options.MaxNewTokens, room); i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Pass pass = new()
                {
                    Batch = encodes ? new ModelBatch(1, prompt) { DecoderIds = next } : new ModelBatch(1, next),
                    Outputs = PassOutputs.Logits,
                    OutputRows = [next.Length - 1],
                    StartStage = i == 0 ? 0 : architecture.DecoderStage,
                    Session = session,
                    Version = version,
                    Preview = preview,
                };
                PassResult result = await _runner.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
                int token = sampler.Next(result.Logits!.Data);
                if (stop.Contains(token))
                {
                    yield break;
                }

                yield return token;
                next = [token];
            }
        }
        finally
        {
            await _runner.EndSessionAsync(session).ConfigureAwait(false);
        }
    }
}
