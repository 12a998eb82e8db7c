using Mend.Models;

namespace Mend.Editing;

/// <summary>The perplexity of a model on ordinary text, in pieces that each begin anew. One caller at a time.</summary>
public sealed class TextPerplexity
{
    private const int TokensPerPiece = 128;
    private const int PiecesPerPass = 8;

    private readonly IPassRunner _runner;
    private readonly IReadOnlyList<ExampleBatch> _batches;

    /// <summary>Prepares a text.</summary>
    /// <param name="runner">A model that writes text.</param>
    /// <param name="padding">What to fill batches with.</param>
    /// <param name="tokens">The text; its start is used.</param>
    /// <param name="mostTokens">How much of it.</param>
    /// <exception cref="EditRequestException">The text has no two tokens, or the model does not write text after a prompt.</exception>
    public TextPerplexity(IPassRunner runner, int padding, IReadOnlyList<int> tokens, int mostTokens)
    {
        _runner = runner;
        if (runner.Architecture.Task != ModelTask.Causal)
        {
            throw new EditRequestException("Perplexity is of models that write text after a prompt; leave the text out for this one.");
        }

        int piece = Math.Min(TokensPerPiece, runner.Architecture.MaxPositions ?? TokensPerPiece);
        List<EncodedExample> pieces = [.. tokens.Take(mostTokens).Chunk(piece).Where(p => p.Length > 1).Select(p => new EncodedExample
        {
            InputIds = p[..^1],
            TargetRows = [.. Enumerable.Range(0, p.Length - 1)],
            TargetTokens = p[1..],
        })];
        _batches = pieces.Count > 0
            ? [.. pieces.Chunk(PiecesPerPass).Select(p => new ExampleBatch(p, runner.Architecture, padding))]
            : throw new EditRequestException("The text has fewer than two tokens; give some pages of ordinary text.");
    }

    /// <summary>exp of the mean negative log-likelihood of the text's tokens.</summary>
    /// <param name="version">The version to read.</param>
    /// <param name="preview">Factors on top of it.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    public async Task<double> MeasureAsync(long version, IReadOnlyList<EditFactors> preview, CancellationToken cancellationToken)
    {
        double sum = 0;
        long count = 0;
        foreach (ExampleBatch batch in _batches)
        {
            Pass pass = new() { Batch = batch.Inputs, Objective = batch.Likelihood(), Version = version, Preview = preview };
            PassResult result = await _runner.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
            sum -= result.TokenLogProbabilities.Sum(p => (double)p);
            count += result.TokenLogProbabilities.Length;
        }

        return Math.Exp(sum / count);
    }
}
