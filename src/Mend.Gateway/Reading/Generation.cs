using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Mend.Editing;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>Something that happens to one of the answers of a request.</summary>
/// <param name="Choice">Which answer.</param>
/// <param name="Piece">A piece of it; null when it ended.</param>
/// <param name="End">The whole answer, once it ended.</param>
internal readonly record struct GenerationEvent(int Choice, AnswerPiece? Piece, Answer? End);

/// <summary>An answer that has ended.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Tokens">Its tokens.</param>
/// <param name="Answer">The rest that is known of it.</param>
internal sealed record WholeAnswer(string Text, IReadOnlyList<ChosenToken> Tokens, Answer Answer);

/// <summary>The answers of one request, generated side by side.</summary>
/// <param name="model">Who answers.</param>
/// <param name="operation">What it is measured as.</param>
/// <param name="time">The clock.</param>
internal sealed class Generation(IEditableModel model, string operation, TimeProvider time)
{
    /// <summary>Generates answers and tells what happens in the order it does. Whoever stops listening stops them all.</summary>
    public async IAsyncEnumerable<GenerationEvent> RunAsync(IReadOnlyList<Question> questions, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Channel<GenerationEvent> events = Channel.CreateUnbounded<GenerationEvent>(new UnboundedChannelOptions { SingleReader = true });
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task all = Task.WhenAll(questions.Select((question, i) => AnswerAsync(i, question, events.Writer, stop)));
        _ = all.ContinueWith(
            done => events.Writer.TryComplete(FirstFault(done)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await foreach (GenerationEvent happened in events.Reader.ReadAllAsync(CancellationToken.None))
            {
                yield return happened;
            }
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Generates answers to their ends.</summary>
    public async Task<IReadOnlyList<WholeAnswer>> WholeAsync(IReadOnlyList<Question> questions, CancellationToken cancellationToken)
    {
        StringBuilder[] texts = [.. questions.Select(_ => new StringBuilder())];
        List<ChosenToken>[] tokens = [.. questions.Select(_ => new List<ChosenToken>())];
        Answer?[] answers = new Answer?[questions.Count];
        await foreach (GenerationEvent happened in RunAsync(questions, cancellationToken))
        {
            texts[happened.Choice].Append(happened.Piece?.Text);
            tokens[happened.Choice].AddRange(happened.Piece?.Tokens ?? []);
            answers[happened.Choice] = happened.End;
        }

        return [.. answers.Select((answer, i) => new WholeAnswer(texts[i].ToString(), tokens[i], answer!))];
    }

    private async Task AnswerAsync(int choice, Question question, ChannelWriter<GenerationEvent> events, CancellationTokenSource stop)
    {
        long started = time.GetTimestamp();
        TimeSpan? first = null;
        try
        {
            Answer answer = await model.AnswerAsync(
                question with
                {
                    OnPiece = piece =>
                    {
                        first ??= time.GetElapsedTime(started);
                        events.TryWrite(new GenerationEvent(choice, piece, null));
                    },
                },
                stop.Token);
            Record(answer, first, time.GetElapsedTime(started));
            events.TryWrite(new GenerationEvent(choice, null, answer));
        }
        catch
        {
            // The others are part of the same answer, which is not to be had.
            await stop.CancelAsync();
            throw;
        }
    }

    /// <summary>What failed first; that others were stopped for it is no reason.</summary>
    private static Exception? FirstFault(Task all) => all.Exception?.InnerExceptions.FirstOrDefault(e => e is not OperationCanceledException)
        ?? all.Exception?.InnerException ?? (all.IsCanceled ? new OperationCanceledException() : null);

    private void Record(Answer answer, TimeSpan? first, TimeSpan whole)
    {
        KeyValuePair<string, object?> kind = new(GatewayTelemetry.OperationTag, operation);
        KeyValuePair<string, object?> provider = new(GatewayTelemetry.ProviderTag, GatewayTelemetry.Provider);
        GatewayTelemetry.Tokens.Add(answer.PromptTokens, kind, new(GatewayTelemetry.TokenTypeTag, "input"));
        GatewayTelemetry.Tokens.Add(answer.Tokens, kind, new(GatewayTelemetry.TokenTypeTag, "output"));
        if (first is { } begun)
        {
            GatewayTelemetry.TimeToFirstToken.Record(begun.TotalSeconds, kind, provider);
            if (answer.Tokens > 1)
            {
                GatewayTelemetry.TimePerOutputToken.Record((whole - begun).TotalSeconds / (answer.Tokens - 1), kind, provider);
            }
        }
    }
}
