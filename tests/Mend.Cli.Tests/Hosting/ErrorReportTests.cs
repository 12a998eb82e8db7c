namespace Mend.Cli.Tests;

public sealed class ErrorReportTests
{
    [Fact]
    public void Write_UnexpectedException_AsksToReportInOneLine()
    {
        StringWriter error = new();
        CliHost host = new() { Out = TextWriter.Null, Error = error };

        int code = ErrorReport.Write(host, new InvalidOperationException("first\nsecond"));

        Assert.Equal(ExitCode.Unexpected, code);
        string line = Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("first second", line, StringComparison.Ordinal);
        Assert.Contains("MEND_DEBUG=1", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_DebugAsked_AddsDetails()
    {
        StringWriter error = new();
        CliHost host = new() { Out = TextWriter.Null, Error = error, Environment = name => name == "MEND_DEBUG" ? "1" : null };

        ErrorReport.Write(host, new InvalidOperationException("told"));

        Assert.Contains("System.InvalidOperationException: told", error.ToString(), StringComparison.Ordinal);
    }
}
