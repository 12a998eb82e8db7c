using System.CommandLine;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>`mend chat`: a conversation with a model.</summary>
internal static class ChatCommand
{
    private const int AnswerTokens = 512;

    public static Command Create(CliHost host)
    {
        ModelSource model = new();
        ChatOptions chat = new(always: true);
        Option<string?> ledger = Options.Ledger();
        Option<int?> version = Options.OptionalNumber("--version", "The version to talk to; 0 is the unedited model. Default: the newest at every answer.", 0);
        SamplingArguments sampling = new(AnswerTokens);
        Option<int> shards = Options.Shards();
        EngineOptions engines = new();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new(
            "chat",
            $"Talk with a model, in its chat template. {ChatSession.Help} Without a terminal every line of stdin is a message, and every answer is written to stdout.")
        {
            ledger, version, shards, json, quiet,
        };
        model.AddTo(command);
        chat.AddTo(command);
        sampling.AddTo(command);
        engines.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            ChatSettings settings = chat.Get(parsed)!;
            await using IEditableModel opened = model.Folder(parsed) is not { } folder
                ? await model.ConnectAsync(parsed, cancellationToken)
                : await ModelOpening.OpenAsync(
                    host, folder, null, LedgerLocation.ForReading(host, folder, parsed.GetValue(ledger)), parsed.GetValue(shards), engines.Get(parsed), cancellationToken);
            ChatSession session = new(host, output, opened, Prompting.Format(settings, opened.Architecture, () => opened.ChatTemplates, opened.Tokenizer, host.Time))
            {
                System = settings.System,
                Version = parsed.GetValue(version) is { } number ? new ModelVersion(number) : null,
                Sampling = sampling.Get(parsed),
            };
            await session.RunAsync(cancellationToken);
            return ExitCode.Ok;
        });
        return command;
    }
}
