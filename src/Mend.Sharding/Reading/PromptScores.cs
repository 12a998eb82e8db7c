using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Execution;

namespace Mend.Sharding;

/// <summary>How likely a model finds the tokens of a prompt, each behind those before it. In chunks, so that no reply holds the logits of a long prompt.</summary>
/// <param name="runner">The model.</param>
/// <param name="tokensPerPass">Tokens read in one pass.</param>
internal sealed class PromptScores(IPassRunner runner, int tokensPerPass = 64)
{
    /// <summary>Reads them.</summary>
    /// <param name="prompt">The tokens, at least one.</param>
    /// <param name="alternatives">How many of the most likely ones are wanted at each place.</param>
    /// <param name="version">The version to read.</param>
    /// <param name="preview">Factors laid over it.</param>
    /// <param name="cancellationToken">Stops between chunks.</param>
    /// <exception cref="EditRequestException">The model reads its prompt with an encoder, and does not say how likely that is.</exception>
    public async Task<IReadOnlyList<ChosenToken>> ReadAsync(
        int[] prompt, int alternatives, ModelVersion version, IReadOnlyList<EditFactors> preview, CancellationToken cancellationToken)
    {
        if (runner.Architecture.Task != ModelTask.Causal)
        {
            throw new EditRequestException($"A {runner.Architecture.Family} model reads its prompt with an encoder, and cannot tell how likely that is; ask for the answer's tokens only.");
        }

        if (runner.Architecture.MaxPositions is { } positions)
        {
            InputTooLongException.ThrowIfTooLong(prompt.Length, positions);
        }

        // Where positions depend on the length, what was read of a shorter text does not serve a longer one.
        int chunk = runner.Architecture.CacheServes is null ? tokensPerPass : prompt.Length;
        string session = Guid.NewGuid().ToString("n");
        List<ChosenToken> scores = [new(prompt[0], 0, [])];
        try
        {
            for (int start = 0; start < prompt.Length - 1; start += chunk)
            {
                int[] fresh = prompt[start..Math.Min(start + chunk, prompt.Length)];
                Pass pass = new()
                {
                    Batch = new ModelBatch(1, fresh),
                    Outputs = PassOutputs.Logits,
                    Texts = [new TextRows(session, start, fresh.Length)],
                    Version = version.Number,
                    Preview = preview,
                };
                PassResult result = await runner.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
                if (result.Texts[0] is { Fault: not TextFault.None } refused)
                {
                    throw new RetryableException(refused.Reason ?? "A shard cannot go on with a prompt; ask again.");
                }

                for (int row = 0; row < fresh.Length && start + row + 1 < prompt.Length; row++)
                {
                    ReadOnlySpan<float> logits = result.Logits!.Data.AsSpan(row * result.Logits.Shape.Last, result.Logits.Shape.Last);
                    NotANumber.ThrowIfAny(logits);
                    scores.Add(ChosenToken.Of(logits, prompt[start + row + 1], alternatives));
                }
            }

            return scores;
        }
        finally
        {
            await runner.EndSessionAsync(session).ConfigureAwait(false);
        }
    }
}
