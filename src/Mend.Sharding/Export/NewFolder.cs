using Mend.Tensors;

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
        string beside = Path.TrimEndingDirectorySeparator(Path.GetFullPath(target)) + ".tmp-";
        ClearLeftovers(beside);
        string temporary = beside + Guid.NewGuid().ToString("n");
        Directory.CreateDirectory(temporary);
        using FileStream working = new(Lock(temporary), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        try
        {
            fill(temporary);

            // A power cut must not leave the name without what belongs to it.
            DurableFile.FlushContent(temporary);
            Directory.Move(temporary, target);
            DurableFile.FlushFolder(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(target)))!);
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    /// <summary>Locked by whoever fills the folder, and gone with it; beside the folder, which holds nothing but the model.</summary>
    private static string Lock(string temporary) => temporary + ".lock";

    /// <summary>Folders of writers that were killed: nobody has their lock.</summary>
    private static void ClearLeftovers(string beside)
    {
        foreach (string folder in Directory.EnumerateDirectories(Path.GetDirectoryName(beside)!, Path.GetFileName(beside) + "*"))
        {
            if (!Guid.TryParseExact(folder[(folder.LastIndexOf('-') + 1)..], "n", out _))
            {
                continue;
            }

            try
            {
                using FileStream held = new(Lock(folder), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Somebody is filling it.
            }
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
