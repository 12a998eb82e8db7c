using System.Text.Json;

namespace Mend.Cli.Tests;

/// <summary>One command line, run in this process with redirected output.</summary>
internal sealed record CliRun(int ExitCode, string Out, string Error)
{
    public JsonElement Json
    {
        get
        {
            using JsonDocument document = JsonDocument.Parse(Out);
            return document.RootElement.Clone();
        }
    }

    /// <summary>Lines on stderr.</summary>
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static Task<CliRun> Of(params string[] args) => Of(args, null, CancellationToken.None);

    public static async Task<CliRun> Of(
        string[] args, Func<CliHost, CliHost>? change = null, CancellationToken cancellationToken = default)
    {
        StringWriter output = new(), error = new();
        CliHost host = new() { Out = output, Error = error };
        host = change?.Invoke(host) ?? host;
        int code = await CliApplication.RunAsync(args, host, cancellationToken);
        return new CliRun(code, output.ToString(), host.Error.ToString()!);
    }

    /// <summary>Asserts success.</summary>
    public CliRun Done(int expected = 0)
    {
        Assert.True(ExitCode == expected, $"exit code {ExitCode}, {expected} expected\n{Error}\n{Out}");
        return this;
    }
}
