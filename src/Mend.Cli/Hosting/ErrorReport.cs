using Mend.Editing;
using Mend.Models;
using Mend.Models.Chat;
using Mend.Models.Execution;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>Turns whatever stops a command into one line and an exit code.</summary>
internal static class ErrorReport
{
    /// <summary>Environment variable that asks for details of errors.</summary>
    public const string DebugVariable = "MEND_DEBUG";

    /// <summary>Writes the line; with details when the environment asks for them.</summary>
    /// <param name="host">Where to.</param>
    /// <param name="exception">What stopped the command.</param>
    /// <param name="model">The model that it was about, which is named where the message is about a model and does not say which.</param>
    /// <returns>The exit code.</returns>
    public static int Write(CliHost host, Exception exception, string? model = null)
    {
        (int code, string message) = Describe(exception);
        message = model is not null && exception is ModelException or EditRequestException or InputTooLongException && !message.Contains(model, StringComparison.Ordinal) ? $"'{model}': {message}" : message;
        host.Error.WriteLine($"mend: {OneLine(message)}");
        if (host.Environment(DebugVariable) == "1")
        {
            host.Error.WriteLine(exception);
        }

        return code;
    }

    /// <summary>Line breaks and runs of blanks become one blank.</summary>
    public static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Whether an exception says what is wrong with the input or the surroundings, and not with the program.</summary>
    public static bool IsExpected(Exception exception) => Describe(exception).Code != ExitCode.Unexpected;

    /// <summary>What is wrong, in one line.</summary>
    public static string Explain(Exception exception) => OneLine(Describe(exception).Message);

    private static (int Code, string Message) Describe(Exception exception) => exception switch
    {
        CliException own => (own.ExitCode, own.Message),
        AggregateException { InnerExceptions: [Exception only] } => Describe(only),
        _ => (ErrorKinds.Of(exception).ExitCode, Message(exception)),
    };

    private static string Message(Exception exception) => exception switch
    {
        OperationCanceledException => "stopped; nothing was left half-done.",
        ChatTemplateException { IsRefusal: true } refusal => $"The chat template of {refusal.Template} refuses these messages: {exception.Message}",
        IOException or UnauthorizedAccessException => $"{exception.Message} Check the path, its permissions and the free space.",
        _ when ErrorKinds.Of(exception) == ErrorKinds.Unexpected =>
            $"unexpected {exception.GetType().Name}: {exception.Message} This is a fault of mend: please report it with the command line and the details that {DebugVariable}=1 adds.",
        _ => exception.Message,
    };
}
