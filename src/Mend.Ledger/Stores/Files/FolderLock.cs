namespace Mend.Ledger;

/// <summary>
/// Locks between processes, kept by the operating system and so released when a process dies: flock on Unix, share modes on
/// Windows, both behind <see cref="FileStream"/>. Locks conflict between two handles of one process as well.
/// </summary>
internal static class FolderLock
{
    private const int ErrnoAgainLinux = 11;
    private const int ErrnoAgainBsd = 35;
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int LockViolation = unchecked((int)0x80070021);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(16);

    /// <summary>Opens a lock file, creating it if missing; null when another handle's lock is in the way.</summary>
    public static FileStream? TryOpen(string path, bool exclusive)
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

    /// <summary>Waits for a lock. The operating system's own waiting lock is not to be had through .NET, so this asks again, in
    /// real time: the other process knows nothing of a clock injected here.</summary>
    public static async Task<FileStream> AcquireAsync(string path, bool exclusive, CancellationToken cancellationToken)
    {
        TimeSpan wait = FirstWait;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryOpen(path, exclusive) is { } held)
            {
                return held;
            }

            await Task.Delay(wait, cancellationToken).ConfigureAwait(false);
            wait = TimeSpan.FromTicks(Math.Min(wait.Ticks * 2, LongestWait.Ticks));
        }
    }

    /// <summary>Whether somebody holds an existing lock file exclusively. A missing file is held by nobody.</summary>
    public static bool IsHeld(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException error) when (IsConflict(error))
        {
            return true;
        }
    }

    private static bool IsConflict(IOException error) =>
        OperatingSystem.IsWindows()
            ? error.HResult is SharingViolation or LockViolation
            : error.HResult == (OperatingSystem.IsLinux() ? ErrnoAgainLinux : ErrnoAgainBsd);
}
