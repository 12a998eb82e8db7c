using System.Text;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Tokenizers;

namespace Mend.Sharding;

/// <summary>Answers and scores by passes that read one version each. Safe to use from several threads.</summary>
/// <param name="runner">The model.</param>
/// <param name="tokenizer">Its tokenizer.</param>
/// <param name="ends">Tokens that end an answer.</param>
/// <param name="head">The newest version.</param>
public sealed class ModelReader(IPassRunner runner, ITokenizer tokenizer, IReadOnlySet<int> ends, Func<CancellationToken, Task<ModelVersion>> head)
{
    /// <summary>Turns text into model inputs.</summary>
    public ExampleEncoder Encoder { get; } = new(runner.Architecture, tokenizer);

    /// <inheritdoc cref="IEditableModel.AnswerAsync"/>
    public async Task<Answer> AnswerAsync(Question question, CancellationToken cancellationToken)
    {
        ModelVersion version = question.Preview?.ReadVersion ?? question.Version ?? await head(cancellationToken).ConfigureAwait(false);
        if (runner.Architecture.Task == ModelTask.Classification)
        {
            IReadOnlyList<AnswerScore> score = await ScoreAsync(
                [new PromptTarget(question.Prompt, "true")], version, question.Preview, cancellationToken).ConfigureAwait(false);
            return new Answer(score[0].Probability > 0.5 ? "true" : "false", version, 0);
        }

        int[] prompt = string.IsNullOrWhiteSpace(question.Prompt) ? [] : Encoder.EncodePrompt(question.Prompt);
        if (prompt.Length == 0)
        {
            throw new EditRequestException("The prompt is empty; give some text.");
        }

        HashSet<int> stop = [.. ends, .. question.Ends];
        List<int> tokens = [];
        StringBuilder text = new();
        await foreach (int token in new TextGenerator(runner)
            .GenerateAsync(prompt, question.Sampling, stop, version.Number, question.Preview?.Factors ?? [], cancellationToken).ConfigureAwait(false))
        {
            tokens.Add(token);
            string whole = tokenizer.Decode([.. tokens]);

            // A character can be spread over several tokens; its pieces are shown once it is complete.
            if (whole.Length > text.Length && !whole.EndsWith('\uFFFD'))
            {
                question.OnText?.Invoke(whole[text.Length..]);
                text.Clear().Append(whole);
            }
        }

        ShardingTelemetry.Tokens.Add(tokens.Count);
        return new Answer(tokenizer.Decode([.. tokens]), version, tokens.Count);
    }

    /// <inheritdoc cref="IEditableModel.ScoreAsync"/>
    public async Task<IReadOnlyList<AnswerScore>> ScoreAsync(
        IReadOnlyList<PromptTarget> prompts, ModelVersion? version, EditDraft? preview, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prompts.Count);
        ModelVersion read = preview?.ReadVersion ?? version ?? await head(cancellationToken).ConfigureAwait(false);
        ExampleBatch batch = new([.. prompts.Select(p => Encoder.Encode(p.Text, p.Target))], runner.Architecture, Encoder.Padding);
        Pass pass = new() { Batch = batch.Inputs, Objective = batch.Likelihood(), Version = read.Number, Preview = preview?.Factors ?? [] };
        PassResult result = await runner.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
        NotANumber.ThrowIfAny(result.TokenLogProbabilities);
        IReadOnlyList<ArraySegment<float>> logP = batch.PerExample(result.TokenLogProbabilities);
        IReadOnlyList<ArraySegment<int>> predicted = batch.PerExample(result.Predictions);
        return [.. batch.Examples.Select((e, i) => new AnswerScore(Math.Exp(logP[i].Average()), predicted[i].AsSpan().SequenceEqual(e.TargetTokens)))];
    }
}
