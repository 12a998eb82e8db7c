namespace Mend.Editing.Tests;

/// <summary>Finds fixtures in the source tree.</summary>
internal static class Fixtures
{
    /// <summary>The path of a fixture, such as "records/fever.jsonl".</summary>
    public static string Path(string name) => System.IO.Path.Combine([Root(), .. name.Split('/')]);

    private static string Root()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Mend.Cluster.sln")))
            {
                return System.IO.Path.Combine(folder.FullName, "tests", "fixtures");
            }
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds Mend.Cluster.sln; run the tests from a clone.");
    }
}
