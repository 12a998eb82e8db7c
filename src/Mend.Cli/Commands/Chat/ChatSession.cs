using Mend.Ledger;
using Mend.Models.Chat;
using Mend.Models.Execution;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>One conversation: reads messages, shows answers as they come, and remembers both.</summary>
internal sealed class ChatSession(CliHost host, CliOutput output, IEditableModel model, ChatFormat format)
{
    /// <summary>What can be typed beside messages.</summary>
    public const string Help = "/reset begins a new conversation, /exit ends; a line that ends in \\ goes on in the next one; Ctrl-C stops an answer.";

    private const string Reset = "/reset", Exit = "/exit", ShowHelp = "/help";

    private readonly List<ChatMessage> _messages = [];
    private ModelVersion _read;

    /// <summary>What the model is told before the conversation, or null.</summary>
    public string? System { get; init; }

    /// <summary>The version to talk to; null for the newest at every answer.</summary>
    public ModelVersion? Version { get; init; }

    /// <summary>How answers are drawn.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    private bool IsTerminal => host.InIsTerminal && !output.IsJson;

    /// <summary>Talks until the input ends, /exit is typed, or Ctrl-C comes while a message is waited for.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Begin();
        if (IsTerminal)
        {
            output.Remark(Help);
        }

        while (await ReadAsync(cancellationToken) is { } message)
        {
            switch (message.Trim())
            {
                case "":
                    break;
                case Exit:
                    WriteDocument();
                    return;
                case Reset:
                    Begin();
                    output.Remark("A new conversation.");
                    break;
                case ShowHelp:
                    output.Remark(Help);
                    break;
                default:
                    await AnswerAsync(message, cancellationToken);
                    break;
            }
        }

        WriteDocument();
    }

    private void Begin()
    {
        _messages.Clear();
        if (System is not null)
        {
            _messages.Add(ChatMessage.System(System));
        }
    }

    /// <summary>The next message; null when there is none any more.</summary>
    private async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        List<string> lines = [];
        do
        {
            if (IsTerminal)
            {
                output.Write(lines.Count == 0 ? "> " : "… ");
            }

            string? line;
            try
            {
                // Reading a console blocks its thread, and Ctrl-C shall end the command all the same.
                line = await Task.Run(host.In.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (IsTerminal)
            {
                output.Write("\n");
                return null;
            }

            if (line is null)
            {
                return lines.Count == 0 ? null : string.Join('\n', lines);
            }

            lines.Add(line);
        }
        while (Continues(lines));

        return string.Join('\n', lines);
    }

    private static bool Continues(List<string> lines)
    {
        bool more = lines[^1].EndsWith('\\');
        lines[^1] = more ? lines[^1][..^1] : lines[^1];
        return more;
    }

    /// <summary>Answers a message; one that cannot be answered is forgotten.</summary>
    private async Task AnswerAsync(string message, CancellationToken cancellationToken)
    {
        int before = _messages.Count;
        _messages.Add(ChatMessage.User(message));
        try
        {
            string answer = await GenerateAsync(format.Prompt(_messages), cancellationToken);
            _messages.Add(ChatMessage.Assistant(answer));
        }
        catch (Exception error) when (IsTerminal && error is ChatTemplateException or InputTooLongException)
        {
            _messages.RemoveRange(before, _messages.Count - before);
            output.Warn($"{ErrorReport.Explain(error)} {Reset} begins a new conversation.");
        }
    }

    /// <summary>Shows an answer as it comes; Ctrl-C ends it, and what was shown is what the model said.</summary>
    private async Task<string> GenerateAsync(string prompt, CancellationToken cancellationToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using IDisposable taken = host.Interrupts.Take(stop.Cancel);
        TrimmedText text = new(shown =>
        {
            if (!output.IsJson)
            {
                output.Write(shown);
            }
        });
        Question question = new(prompt, Version)
        {
            Ends = format.TurnEnds,
            Sampling = Sampling with { MaxNewTokens = ModelOpening.Room(model, prompt, Sampling.MaxNewTokens) },
            OnPiece = piece => text.Add(piece.Text),
        };
        string answer;
        try
        {
            Answer whole = await model.AnswerAsync(question, stop.Token);
            (answer, _read) = (whole.Text.Trim(), whole.Version);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            answer = text.Shown;
        }

        if (!output.IsJson)
        {
            output.Write("\n");
        }

        return answer;
    }

    private void WriteDocument()
    {
        if (output.IsJson)
        {
            output.Result(new { Version = _read.Number, Messages = _messages.Select(m => m.Json) }, _ => { });
        }
    }
}
