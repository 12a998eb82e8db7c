namespace Mend.Cli.Tests;

public sealed class CompletionCommandTests
{
    [Theory]
    [InlineData("bash", "complete -o default -F _mend_complete mend")]
    [InlineData("zsh", "compdef _mend_complete mend")]
    [InlineData("fish", "complete -c mend")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task Completion_Shell_PrintsItsScript(string shell, string part)
    {
        CliRun run = (await CliRun.Of("completion", shell)).Done();

        Assert.Contains(part, run.Out, StringComparison.Ordinal);
        Assert.Contains("[suggest:", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[suggest:2]", "tr", "train")]
    [InlineData("[suggest:9]", "edit --mo", "--model")]
    [InlineData("[suggest:15]", "eval --method f", "ft-kl")]
    public async Task Suggest_Beginning_GivesTheRest(string directive, string line, string suggestion)
    {
        CliRun run = (await CliRun.Of(directive, line)).Done();

        Assert.Contains(suggestion, run.Out.Split('\n', StringSplitOptions.TrimEntries));
    }
}
