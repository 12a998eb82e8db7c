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
    private readonly TextGenerator _generator = new(runner);

    /// <summary>Turns text into model inputs.</summary>
    public ExampleEncoder Encoder { get; } = new(runner.Architecture, tokenizer);

    /// <inheritdoc cref="IEditableModel.AnswerAsync"/>
    public async Task<Answer> AnswerAsync(Question question, CancellationToken cancellationToken)
    {
        ModelVersion version = question.Preview?.ReadVersion ?? question.Version ?? await head(cancellationToken).ConfigureAwait(false);
        if (runner.Architecture.Task == ModelTask.Classification)
        {
            return await JudgeAsync(question, version, cancellationToken).ConfigureAwait(false);
        }

        int[] prompt = Tokens(question);
        HashSet<int> stop = [.. ends, .. question.Ends];
        IReadOnlyList<EditFactors> preview = question.Preview?.Factors ?? [];
        IReadOnlyList<ChosenToken> scored = question is { ScoresPrompt: true, Alternatives: { } wanted }
            ? await new PromptScores(runner).ReadAsync(prompt, wanted, version, preview, cancellationToken).ConfigureAwait(false)
            : [];
        AnswerText text = new(tokenizer, question.Stops, question.OnPiece);
        await foreach ((int token, ChosenToken? likelihood) in _generator.StepsAsync(prompt, question.Sampling, stop, question.Alternatives, version.Number, preview, cancellationToken).ConfigureAwait(false))
        {
            text.Add(token, likelihood);
            if (text.IsStopped)
            {
                break;
            }
        }

        text.End();
        ShardingTelemetry.Tokens.Add(text.Tokens);
        return new Answer(text.Text, version, text.Tokens)
        {
            PromptTokens = prompt.Length,
            End = !text.IsStopped && text.Tokens == _generator.Limit(prompt, question.Sampling) ? AnswerEnd.Length : AnswerEnd.Stop,
            Prompt = scored,
        };
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

    /// <summary>A classifier's answer.</summary>
    private async Task<Answer> JudgeAsync(Question question, ModelVersion version, CancellationToken cancellationToken)
    {
        IReadOnlyList<AnswerScore> score = await ScoreAsync([new PromptTarget(question.Prompt, "true")], version, question.Preview, cancellationToken).ConfigureAwait(false);
        string text = score[0].Probability > 0.5 ? "true" : "false";
        question.OnPiece?.Invoke(new AnswerPiece(text, []));
        return new Answer(text, version, 0) { PromptTokens = Encoder.EncodePrompt(question.Prompt).Length };
    }

    private int[] Tokens(Question question)
    {
        if (question.PromptTokens is { } given)
        {
            foreach (int token in given.Where(t => t < 0 || t >= runner.Architecture.Vocabulary))
            {
                throw new EditRequestException($"The prompt has token {token}; the model's are 0 to {runner.Architecture.Vocabulary - 1}.");
            }

            return given.Count > 0 ? [.. given] : throw Empty();
        }

        int[] prompt = string.IsNullOrWhiteSpace(question.Prompt) ? [] : Encoder.EncodePrompt(question.Prompt);
        return prompt.Length > 0 ? prompt : throw Empty();
    }

    private static EditRequestException Empty() => new("The prompt is empty; give some text.");
}
