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
        Option<int> tokens = Options.Number("--max-tokens", "Most tokens to generate; the model's length is another limit.", 20, 1);
        Option<double?> temperature = Options.OptionalReal("--temperature", "0 takes the most likely token each time; higher is more varied. Default: 0.", 0);
        Option<double?> topP = Options.OptionalReal("--top-p", "Draw from the smallest set of tokens with this probability. Default: 1.", 1e-9, 1);
        Option<int> seed = Options.Number("--seed", "Seed of the draws.", 0, 0);
        Option<int> shards = Options.Shards();
        EngineOptions engines = new();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("generate", "Continue a prompt; the text appears as it is generated. A classifier says true or false, and how sure it is.")
        {
            prompt, ledger, version, tokens, temperature, topP, seed, shards, json, quiet,
        };
        model.AddTo(command);
        engines.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            await using IEditableModel opened = model.Folder(parsed) is not { } folder
                ? await model.ConnectAsync(parsed, cancellationToken)
                : await ModelOpening.OpenAsync(
                    host, folder, null, LedgerLocation.ForReading(folder, parsed.GetValue(ledger)), parsed.GetValue(shards), engines.Get(parsed), cancellationToken);
            Question question = new(parsed.GetRequiredValue(prompt), parsed.GetValue(version) is { } number ? new ModelVersion(number) : null)
            {
                Sampling = new SamplingOptions
                {
                    MaxNewTokens = ModelOpening.Room(opened, parsed.GetRequiredValue(prompt), parsed.GetValue(tokens)),
                    Temperature = parsed.GetValue(temperature) ?? 0,
                    TopP = parsed.GetValue(topP) ?? 1,
                    Seed = parsed.GetValue(seed),
                },
            };
            if (string.IsNullOrWhiteSpace(question.Prompt))
            {
                throw new CliException(ExitCode.Usage, "The prompt is empty; give some text.");
            }

            if (opened.Architecture.Task == ModelTask.Classification)
            {
                await JudgeAsync(opened, question, output, cancellationToken);
                return ExitCode.Ok;
            }

            if (output.IsJson)
            {
                Answer whole = await opened.AnswerAsync(question, cancellationToken);
                output.Result(new { question.Prompt, whole.Text, Version = whole.Version.Number, whole.Tokens }, _ => { });
                return ExitCode.Ok;
            }

            bool any = false;
            Answer answer = await opened.AnswerAsync(
                question with
                {
                    OnText = text =>
                    {
                        output.Write(any ? text : text.TrimStart());
                        any |= text.Trim().Length > 0;
                    },
                },
                cancellationToken);
            output.Write(any ? "\n" : answer.Text.Trim() + "\n");
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
