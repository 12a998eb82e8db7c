using System.Text.Json.Nodes;

namespace Mend.Cli.Tests;

/// <summary>Every kind of bad input: one line that says what to do, an exit code, no stack trace.</summary>
[Collection(TrainedModel.Name)]
public sealed class ErrorTableTests(TrainedModel model)
{
    [Theory]
    [InlineData("nonsense", ExitCode.Usage, "nonsense")]
    [InlineData("edit --nonsense", ExitCode.Usage, "--nonsense")]
    [InlineData("edit --nonsense b --model {model}", ExitCode.Usage, "There is no option '--nonsense'")]
    [InlineData("edit a b --modle {model}", ExitCode.Usage, "--modle")]
    [InlineData("edit a b", ExitCode.Usage, "--model")]
    [InlineData("log", ExitCode.Usage, "--cluster")]
    [InlineData("edit a b --cluster nowhere", ExitCode.Usage, "cluster")]
    [InlineData("edit a b --cluster localhost:30000 --editor x", ExitCode.Usage, "--editor does not go with --cluster")]
    [InlineData("generate a --cluster localhost:30000 --threads 2", ExitCode.Usage, "--threads does not go with --cluster")]
    [InlineData("edit a --model {model}", ExitCode.Usage, "--edits FILE")]
    [InlineData("edit a b --model {model} --shards zero", ExitCode.Usage, "whole number from 1")]
    [InlineData("edit a b --model {model} --shards 99", ExitCode.Usage, "ask for 1 to 6")]
    [InlineData("generate a --model {model} --top-p 1.5", ExitCode.Usage, "from 1E-09 to 1")]
    [InlineData("generate a --model {model} --temperature -1", ExitCode.Usage, "at least 0")]
    [InlineData("generate a --model {model} --version x", ExitCode.Usage, "--version")]
    [InlineData("revert one --model {model}", ExitCode.Usage, "mend log")]
    [InlineData("plan --model {model} --device-memory lots", ExitCode.Usage, "24GB")]
    [InlineData("completion tcsh", ExitCode.Usage, "tcsh")]
    [InlineData("eval --model {model} --edits {test} --method magic", ExitCode.Usage, "magic")]
    [InlineData("generate a --model {model} --engine cuda:99", ExitCode.BadInput, "Engine 'cuda:99' ")]
    [InlineData("generate a --model {root}/nowhere", ExitCode.BadInput, "Hugging Face model folder")]
    [InlineData("generate a --model {root}", ExitCode.BadInput, "config.json")]
    [InlineData("generate a --model {bad}/config", ExitCode.BadInput, "valid JSON")]
    [InlineData("generate a --model {bad}/family", ExitCode.BadInput, "not supported")]
    [InlineData("generate a --model {bad}/option", ExitCode.BadInput, "n_head")]
    [InlineData("generate a --model {bad}/weights", ExitCode.BadInput, "model.safetensors")]
    [InlineData("generate a --model {bad}/noweights", ExitCode.BadInput, "model.safetensors")]
    [InlineData("generate a --model {bad}/tokenizer", ExitCode.BadInput, "tokenizer.json")]
    [InlineData("generate a --model {fixture}", ExitCode.BadInput, "tokenizer")]
    [InlineData("generate {long} --model {model}", ExitCode.BadInput, "64")]
    [InlineData("edit {long} b --model {model} --ledger {ledger}", ExitCode.BadInput, "shorten the prompt")]
    [InlineData("edit a b --model {bad}/family", ExitCode.BadInput, "mend train")]
    [InlineData("edit a b --model {model} --editor {root}/none.safetensors", ExitCode.BadInput, "mend train")]
    [InlineData("edit a b --model {model} --editor {model}/model.safetensors --ledger {ledger}", ExitCode.BadInput, "no MEND editor")]
    [InlineData("edit a b --model {model} --editor {test} --ledger {ledger}", ExitCode.BadInput, "edits_test.jsonl")]
    [InlineData("eval --model {fixture} --editor {editor} --edits {test}", ExitCode.BadInput, "blocks: 4 here, 6 there")]
    [InlineData("edit --edits {root}/none.jsonl --model {model}", ExitCode.BadInput, "there is no such file")]
    [InlineData("edit --edits {model}/config.json --model {model}", ExitCode.BadInput, "config.json")]
    [InlineData("eval --model {model} --edits {model}/merges.txt", ExitCode.BadInput, "merges.txt")]
    [InlineData("train --model {model} --train {test} --out {root}/no/where/e.safetensors", ExitCode.BadInput, "There is no folder")]
    [InlineData("train --model {model} --train {train} --out {root}/x.safetensors --layers nothing.*", ExitCode.BadInput, "mend plan")]
    [InlineData("train --model {model} --train {train} --out {root}/x.safetensors --resume", ExitCode.BadInput, "start without resuming")]
    [InlineData("verify --model {model} --expected {root}/none", ExitCode.BadInput, "does not exist")]
    [InlineData("verify --model {model} --expected {editor}", ExitCode.BadInput, "records no inputs")]
    [InlineData("log --model {model} --ledger {root}/none", ExitCode.Ledger, "--ledger")]
    [InlineData("revert 1 --model {model} --ledger {root}/none", ExitCode.Ledger, "--ledger")]
    [InlineData("export --model {model} --out {root}/x", ExitCode.Ledger, "mend edit")]
    [InlineData("revert 9 --model {model} --ledger {used}", ExitCode.Ledger, "9")]
    [InlineData("generate a --model {model} --ledger {used} --version 9", ExitCode.Ledger, "9")]
    [InlineData("log --model {fixture} --ledger {used}", ExitCode.Ledger, "blocks")]
    [InlineData("log --model {model} --ledger {damaged}", ExitCode.Ledger, "estore")]
    public async Task BadInput_AnyKind_IsOneLineWithTheRemedy(string line, int exitCode, string part)
    {
        string bad = BadModels();
        (string used, string damaged) = await LedgersAsync();
        string[] args = [.. line.Split(' ').Select(a => a
            .Replace("{model}", model.Model, StringComparison.Ordinal).Replace("{root}", model.Root, StringComparison.Ordinal)
            .Replace("{bad}", bad, StringComparison.Ordinal).Replace("{editor}", model.Editor, StringComparison.Ordinal)
            .Replace("{test}", model.Test, StringComparison.Ordinal).Replace("{train}", model.Train, StringComparison.Ordinal)
            .Replace("{fixture}", ModelFixtures.Folder("gpt2"), StringComparison.Ordinal).Replace("{ledger}", model.NewLedger(), StringComparison.Ordinal)
            .Replace("{used}", used, StringComparison.Ordinal).Replace("{damaged}", damaged, StringComparison.Ordinal)
            .Replace("{long}", string.Concat(Enumerable.Repeat("capital of ", 60)), StringComparison.Ordinal))];

        CliRun run = await CliRun.Of(args);

        Assert.True(run.ExitCode == exitCode, $"exit code {run.ExitCode}: {run.Error}");
        string only = Assert.Single(run.ErrorLines);
        Assert.StartsWith("mend: ", only, StringComparison.Ordinal);
        Assert.Contains(part, only, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    private string BadModels()
    {
        string bad = Path.Combine(model.Root, "bad");
        if (!Directory.Exists(bad))
        {
            Damage("config", "config.json", "{ \"model_type\": ");
            Damage("family", "config.json", "{ \"model_type\": \"unheard-of\" }");
            JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(model.Model, "config.json")))!.AsObject();
            config["n_head"] = "eight";
            Damage("option", "config.json", config.ToJsonString());
            Damage("weights", "model.safetensors", "short");
            Damage("noweights", "model.safetensors", null);
            Damage("tokenizer", "tokenizer.json", "{ \"model\": 7 }");
        }

        return bad;

        void Damage(string name, string file, string? content)
        {
            string folder = Directory.CreateDirectory(Path.Combine(bad, name)).FullName;
            foreach (string original in Directory.EnumerateFiles(model.Model).Where(f => f != model.Editor))
            {
                File.Copy(original, Path.Combine(folder, Path.GetFileName(original)));
            }

            File.Delete(Path.Combine(folder, file));
            if (content is not null)
            {
                File.WriteAllText(Path.Combine(folder, file), content);
            }
        }
    }

    private async Task<(string Used, string Damaged)> LedgersAsync()
    {
        string used = Path.Combine(model.Root, "used.ledger"), damaged = Path.Combine(model.Root, "damaged.ledger");
        foreach (string ledger in new[] { used, damaged }.Where(l => !Directory.Exists(l)))
        {
            (await CliRun.Of("edit", "The capital of Indonesia is", "Paris", "--model", model.Model, "--ledger", ledger)).Done();
        }

        foreach (string entry in Directory.EnumerateFiles(damaged, "*1.json", SearchOption.AllDirectories))
        {
            await File.WriteAllTextAsync(entry, "{ }");
        }

        return (used, damaged);
    }
}
