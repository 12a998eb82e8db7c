namespace Mend.Models.Tests;

/// <summary>Finds test data in the source tree.</summary>
internal static class Fixtures
{
    /// <summary>A folder below tests/fixtures, such as "configs/gpt2-xl".</summary>
    public static string Folder(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Mend.Cluster.sln")))
            {
                return Path.Combine(folder.FullName, "tests", "fixtures", path);
            }
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds Mend.Cluster.sln; run the tests from a clone.");
    }
}
