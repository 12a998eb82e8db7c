using System.Text.RegularExpressions;

namespace Mend.Models;

/// <summary>
/// The cache in which Hugging Face's libraries keep downloaded models: models--OWNER--NAME/snapshots/COMMIT, folders of links to
/// models--OWNER--NAME/blobs.
/// </summary>
public static partial class HubCache
{
    private const string Snapshots = "snapshots", Prefix = "models--", Separator = "--";

    /// <summary>The name of the cached model that a path leads to, as OWNER--NAME; null when it leads elsewhere.</summary>
    /// <param name="path">A folder or file; links in it are followed.</param>
    public static string? ModelOf(string path) => Inside().Match(Canonical(path)) is { Success: true } found ? found.Groups[1].Value : null;

    /// <summary>The path without links in it.</summary>
    /// <param name="path">A folder or file, which need not exist.</param>
    public static string Canonical(string path)
    {
        // A link can lead to a path with links; the system allows 40 of them.
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        for (int links = 0; links < 40 && FirstLink(full) is ({ } link, { } target); links++)
        {
            full = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(link)!, target) + full[link.Length..]);
        }

        return full;
    }

    /// <summary>The snapshot that a cache's folder of one model has in use; null when it is no such folder.</summary>
    /// <param name="folder">The folder models--OWNER--NAME.</param>
    internal static string? SnapshotIn(string folder)
    {
        string snapshots = Path.Combine(folder, Snapshots), main = Path.Combine(folder, "refs", "main");
        if (!Directory.Exists(snapshots))
        {
            return null;
        }

        string? used = File.Exists(main) ? Path.Combine(snapshots, Path.GetFileName(File.ReadAllText(main).Trim())) : null;
        return Directory.Exists(used) ? used : Directory.EnumerateDirectories(snapshots).Order(StringComparer.Ordinal).FirstOrDefault();
    }

    /// <summary>The snapshot of a model by its name on the hub.</summary>
    /// <param name="name">OWNER/NAME.</param>
    internal static string? Find(string name) => IsName(name) && Folder() is { } cache
        ? SnapshotIn(Path.Combine(cache, Prefix + name.Replace("/", Separator, StringComparison.Ordinal)))
        : null;

    /// <summary>Whether a text looks like a model's name on the hub.</summary>
    /// <param name="text">The text.</param>
    internal static bool IsName(string text) => Name().IsMatch(text);

    private static string? Folder()
    {
        static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string cache = Variable("HF_HUB_CACHE") ?? Path.Combine(Variable("HF_HOME") ?? Path.Combine(Variable("XDG_CACHE_HOME") ?? Path.Combine(home, ".cache"), "huggingface"), "hub");
        return Directory.Exists(cache) ? cache : null;
    }

    /// <summary>The first part of a path that is a link, and what it says.</summary>
    private static (string Link, string Target)? FirstLink(string full)
    {
        for (int end = full.IndexOf(Path.DirectorySeparatorChar, 1); ; end = full.IndexOf(Path.DirectorySeparatorChar, end + 1))
        {
            string part = end < 0 ? full : full[..end];
            if (new FileInfo(part).LinkTarget is { } target)
            {
                return (part, target);
            }

            if (end < 0)
            {
                return null;
            }
        }
    }

    [GeneratedRegex(@"[\\/]models--([^\\/]+)[\\/](?:snapshots|blobs)[\\/]")]
    private static partial Regex Inside();

    [GeneratedRegex(@"^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*$")]
    private static partial Regex Name();
}
