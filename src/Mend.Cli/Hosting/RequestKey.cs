using Mend.Ledger;

namespace Mend.Cli;

/// <summary>
/// The idempotency key of one request that makes a version: the user's, or one that is drawn here, so that whoever is left without an answer
/// can send the request again and it is never carried out twice.
/// </summary>
internal sealed class RequestKey(CliHost host, string? given)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The key.</summary>
    public string Key { get; } = given ?? Guid.NewGuid().ToString("n");

    /// <summary>
    /// Makes a request. Where its answer is lost, or the user stops it, the ledger is asked before anything is said: a request that was
    /// carried out is reported as done.
    /// </summary>
    /// <param name="request">The request, under this key.</param>
    /// <param name="find">Looks for what the request made; null when it is not there.</param>
    /// <param name="version">The version of what was made.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="CliException">It was stopped, or what became of it is not known; the message says how to go on.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> request, Func<CancellationToken, Task<T?>> find, Func<T, ModelVersion> version, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await request();
        }
        catch (Exception error) when (error is RetryableException or IOException || cancellationToken.IsCancellationRequested)
        {
            (bool asked, T? found) = await AskAsync(find);
            return (cancellationToken.IsCancellationRequested, found) switch
            {
                (true, not null) => throw new CliException(ExitCode.Cancelled, $"stopped, but it is done: it is version {version(found)}, see `mend log`.", error),
                (true, null) => throw new CliException(
                    ExitCode.Cancelled, $"stopped; {(asked ? "no version was made so far" : "whether a version was made is not known, the ledger did not answer")}. {Again}", error),
                (false, not null) => found,
                (false, null) when error is RetryableException => throw new CliException(ExitCode.TryAgain, $"{error.Message} {Again}", error),
                _ => throw new CliException(ExitCode.BadInput, $"{ErrorReport.Explain(error)} {Again}", error),
            };
        }
    }

    private string Again => $"Repeat the command with --key {Key}: under one key it is carried out once, however often it is sent.";

    private async Task<(bool Asked, T? Found)> AskAsync<T>(Func<CancellationToken, Task<T?>> find)
        where T : class
    {
        // The user has a second Ctrl-C to end this with.
        using CancellationTokenSource patience = new(Patience, host.Time);
        try
        {
            return (true, await find(patience.Token));
        }
        catch (Exception error) when (ErrorReport.IsExpected(error))
        {
            return (false, null);
        }
    }
}
