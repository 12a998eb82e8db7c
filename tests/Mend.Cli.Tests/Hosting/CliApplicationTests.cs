using Spectre.Console;

namespace Mend.Cli.Tests;

public sealed class CliApplicationTests
{
    [Theory]
    [InlineData]
    [InlineData("--help")]
    public async Task Run_NothingOrHelp_ShowsCommandsAndExitCodes(params string[] args)
    {
        CliRun run = (await CliRun.Of(args)).Done();

        Assert.Contains("Exit codes: 0 done", run.Out, StringComparison.Ordinal);
        foreach (string command in new[] { "demo", "edit", "preview", "propose", "proposals", "approve", "decline", "canary", "generate", "train", "eval", "log", "revert", "recover", "export", "verify", "doctor", "plan", "completion" })
        {
            Assert.Contains($"\n  {command}", run.Out, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("edit")]
    [InlineData("train")]
    [InlineData("demo")]
    public async Task Run_CommandHelp_ShowsItsOptions(string command)
    {
        CliRun run = (await CliRun.Of(command, "--help")).Done();

        Assert.Contains("--quiet", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, null, false)]
    [InlineData(true, null, true)]
    [InlineData(true, "1", false)]
    public void Output_TerminalOrNot_ColoursOnlyWhereAPersonLooksAndNobodyForbids(bool terminal, string? noColor, bool coloured)
    {
        StringWriter writer = new();
        CliHost host = new()
        {
            Out = writer,
            Error = TextWriter.Null,
            OutIsTerminal = terminal,
            Environment = name => name == "NO_COLOR" ? noColor : null,
        };

        new CliOutput(host, json: false, quiet: false).Console.Write(new Text("text", new Style(new Color(1, 2, 3))));

        Assert.Equal(coloured, writer.ToString().Contains("\u001b[38", StringComparison.Ordinal));
    }
}
