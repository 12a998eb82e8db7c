namespace Mend.Ledger;

/// <summary>
/// A lock between processes that many share and one takes alone, kept by the operating system and so released when a process dies: flock on
/// Unix, share modes on Windows, both behind <see cref="FileStream"/>. Locks conflict between two handles of one process as well. Whoever
/// wants it alone shows that by a second file, its turn, and nobody new shares it then; it gives up soon, so that nobody waits for long.
/// </summary>
internal static class FolderLock
{
    private const int ErrnoAgainLinux = 11;
    private const int ErrnoAgainBsd = 35;
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(16);
    private static readonly TimeSpan LongestTurn = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits for a share of the lock.</summary>
    public static async Task<FileStream> ShareAsync(string path, CancellationToken cancellationToken)
    {
        (await AcquireAsync(Turn(path), exclusive: false, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))!.Dispose();
        return (await AcquireAsync(path, exclusive: false, Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Waits a little for the lock alone.</summary>
    /// <returns>The lock, or null when others had it all the time.</returns>
    public static async Task<FileStream?> TryHoldAsync(string path, CancellationToken cancellationToken)
    {
        using FileStream? turn = await AcquireAsync(Turn(path), exclusive: true, LongestTurn, cancellationToken).ConfigureAwait(false);
        return turn is null ? null : await AcquireAsync(path, exclusive: true, LongestTurn, cancellationToken).ConfigureAwait(false);
    }

    private static string Turn(string path) => path + ".turn";

    /// <summary>The operating system's own waiting lock is not to be had through .NET, so this asks again, in real time: the other process
    /// knows nothing of a clock injected here.</summary>
    private static async Task<FileStream?> AcquireAsync(string path, bool exclusive, TimeSpan within, CancellationToken cancellationToken)
    {
        long start = TimeProvider.System.GetTimestamp();
        TimeSpan wait = FirstWait;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryOpen(path, exclusive) is { } held)
            {
                return held;
            }

            if (within != Timeout.InfiniteTimeSpan && TimeProvider.System.GetElapsedTime(start) > within)
            {
                return null;
            }

            await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestWait.Ticks));
        }
    }

    /// <summary>Opens a lock file, creating it if missing; null when another handle's lock is in the way.</summary>
    private static FileStream? TryOpen(string path, bool exclusive)
    {
        try
        {
            return new FileStream(
                path, FileMode.OpenOrCreate, exclusive ? FileAccess.ReadWrite : FileAccess.Read, exclusive ? FileShare.None : FileShare.Read, bufferSize: 0);
        }
        catch (IOException error) when (IsConflict(error))
        {
            return null;
        }
    }

    private static bool IsConflict(IOException error) =>
        OperatingSystem.IsWindows()
            ? error.HResult is SharingViolation or LockViolation
            : error.HResult == (OperatingSystem.IsLinux() ? ErrnoAgainLinux : ErrnoAgainBsd);
}
