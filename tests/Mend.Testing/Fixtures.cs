namespace Mend.Testing;

/// <summary>Finds test data in the source tree.</summary>
public static class Fixtures
{
    private static readonly string Root = System.IO.Path.Combine(Repository(), "tests", "fixtures");

    /// <summary>The path of a fixture, such as "records/fever.jsonl".</summary>
    public static string Path(params string[] names) => System.IO.Path.Combine([Root, .. names]);

    private static string Repository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Mend.Cluster.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds Mend.Cluster.sln; run the tests from a clone.");
    }
}
