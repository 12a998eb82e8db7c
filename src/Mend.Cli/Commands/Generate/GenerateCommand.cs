using System.CommandLine;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>`mend generate`: continues a prompt.</summary>
internal static class GenerateCommand
{
    public static Command Create(CliHost host)
    {
        Argument<string> prompt = new("prompt") { Description = "The text to continue, the question to answer, or the claim to judge." };
        ModelSource model = new();
        Option<string?> ledger = Options.Ledger();
        Option<int?> version = Options.OptionalNumber("--version", "The version to read; 0 is the unedited model. Default: the newest.", 0);
        ChatOptions chat = new();
        SamplingArguments sampling = new(20);
        Option<int> shards = Options.Shards();
        EngineOptions engines = new();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("generate", "Continue a prompt; the text appears as it is generated. A classifier says true or false, and how sure it is.")
        {
            prompt, ledger, version, shards, json, quiet,
        };
        model.AddTo(command);
        chat.AddTo(command);
        sampling.AddTo(command);
        engines.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            ChatSettings? settings = chat.Get(parsed);
            string text = parsed.GetRequiredValue(prompt);
            if (string.IsNullOrWhiteSpace(text))
            {
                throw new CliException(ExitCode.Usage, "The prompt is empty; give some text.");
            }

            await using IEditableModel opened = model.Folder(parsed) is not { } folder
                ? await model.ConnectAsync(parsed, cancellationToken)
                : await ModelOpening.OpenAsync(
                    host, folder, null, LedgerLocation.ForReading(host, folder, parsed.GetValue(ledger)), parsed.GetValue(shards), engines.Get(parsed), cancellationToken);
            Prompting prompting = Prompting.Of(settings, opened, host.Time);
            SamplingOptions drawn = sampling.Get(parsed);
            Question question = new(prompting.Ask(text), parsed.GetValue(version) is { } number ? new ModelVersion(number) : null) { Ends = prompting.Ends };
            question = question with { Sampling = drawn with { MaxNewTokens = ModelOpening.Room(opened, question.Prompt, drawn.MaxNewTokens) } };

            if (opened.Architecture.Task == ModelTask.Classification)
            {
                await JudgeAsync(opened, question, output, cancellationToken);
                return ExitCode.Ok;
            }

            if (output.IsJson)
            {
                Answer whole = await opened.AnswerAsync(question, cancellationToken);
                output.Result(new { Prompt = text, whole.Text, Version = whole.Version.Number, whole.Tokens }, _ => { });
                return ExitCode.Ok;
            }

            TrimmedText shown = new(output.Write);
            Answer answer = await opened.AnswerAsync(question with { OnPiece = piece => shown.Add(piece.Text) }, cancellationToken);
            output.Write(shown.Shown.Length > 0 ? "\n" : answer.Text.Trim() + "\n");
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>A classifier's answer, with its probability.</summary>
    private static async Task JudgeAsync(IEditableModel model, Question question, CliOutput output, CancellationToken cancellationToken)
    {
        ModelVersion version = question.Version ?? await model.HeadAsync(cancellationToken);
        double yes = (await model.ScoreAsync([new PromptTarget(question.Prompt, "true")], version, cancellationToken: cancellationToken))[0].Probability;
        (string text, double probability) = yes > 0.5 ? ("true", yes) : ("false", 1 - yes);
        output.Result(
            new { question.Prompt, Text = text, Version = version.Number, Tokens = 0, Probability = probability },
            _ => output.Write($"{text} ({Format.Probability(probability)})\n"));
    }
}
