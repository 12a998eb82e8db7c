namespace Mend.Gateway.Tests.Console;

/// <summary>A test that drives a browser; skipped where there is none.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    public BrowserFactAttribute() => Skip = Browser is null ? "There is no Chromium on the path; install the system's package chromium." : null;

    /// <summary>The browser's program, or null.</summary>
    public static string? Browser { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}
