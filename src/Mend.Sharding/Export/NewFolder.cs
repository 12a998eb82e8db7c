namespace Mend.Sharding;

/// <summary>Makes folders that appear complete or not at all.</summary>
internal static class NewFolder
{
    /// <summary>Fills a folder under another name beside it and renames it.</summary>
    /// <param name="target">A folder that does not exist yet.</param>
    /// <param name="fill">Fills the folder that it is given; when it throws, nothing is left behind.</param>
    /// <exception cref="IOException">The target exists or cannot be written.</exception>
    public static void Write(string target, Action<string> fill)
    {
        ThrowIfThere(target, "folder");
        string temporary = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target)) + ".tmp-" + Guid.NewGuid().ToString("n")[..8];
        Directory.CreateDirectory(temporary);
        try
        {
            fill(temporary);
            Directory.Move(temporary, target);
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>Throws when something is where a folder or file is to be written.</summary>
    /// <exception cref="IOException">Something is there.</exception>
    public static void ThrowIfThere(string target, string what)
    {
        if (Directory.Exists(target) || File.Exists(target))
        {
            throw new IOException($"'{target}' exists already; name a {what} that does not.");
        }
    }
}
