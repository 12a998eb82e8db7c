using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;

namespace Mend.Build.Tests;

/// <summary>
/// A folder with this repository's build files and a solution of three projects: <c>Plain</c>, and <c>Needy</c> and
/// <c>Needy.Tests</c>, which require a package that no feed carries until <see cref="PublishPackageAsync"/>.
/// </summary>
internal sealed class TinySolution : IDisposable
{
    private static readonly string PackagesFolder = Assembly.GetExecutingAssembly()
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "PackagesFolder").Value!;

    private readonly string _root = Directory.CreateTempSubdirectory("mend-build-").FullName;

    public TinySolution()
    {
        var repository = FindRepository();
        foreach (var file in Directory.EnumerateFiles(repository, "Directory.*").Append(Path.Combine(repository, "BannedSymbols.txt"))
            .Concat(Directory.EnumerateFiles(Path.Combine(repository, ".build"))))
        {
            Write(Path.GetRelativePath(repository, file), File.ReadAllText(file));
        }

        var versions = XDocument.Load(PathOf("Directory.Packages.props"));
        versions.Descendants("PackageVersion").Where(item => item.Attribute("Requirement") is not null).Remove();
        // One requirement that no feed meets at first, and one that any feed does.
        versions.Root!.Add(XElement.Parse("""
            <ItemGroup>
              <PackageVersion Include="Mend.Example" Version="1.2.3" Requirement="Example" />
              <PackageVersion Include="xunit.abstractions" Version="2.0.3" Requirement="Common" />
            </ItemGroup>
            """));
        Write("Directory.Packages.props", versions.ToString());
        WriteFeeds("");

        Write("src/Plain/Plain.csproj", """<Project Sdk="Microsoft.NET.Sdk" />""");
        Write("src/Plain/Plain.cs", "namespace Plain; internal static class Used { }");
        Write("src/Needy/Needy.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><MendRequires>Common;Example</MendRequires><OutputType>Exe</OutputType></PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Mend.Example" />
                <ProjectReference Include="../Plain/Plain.csproj" />
              </ItemGroup>
            </Project>
            """);
        Write("src/Needy/Program.cs", "return Mend.Example.Answer.Value;");
        Write("tests/Needy.Tests/Needy.Tests.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><MendRequires>Example</MendRequires></PropertyGroup>
              <ItemGroup><ProjectReference Include="../../src/Needy/Needy.csproj" /></ItemGroup>
            </Project>
            """);
        Write("tests/Needy.Tests/NeedyTests.cs", "public class NeedyTests { [Fact] public void Passes() => Assert.Equal(42, Mend.Example.Answer.Value); }");
        Write("Tiny.slnx", """
            <Solution>
              <Project Path="src/Plain/Plain.csproj" />
              <Project Path="src/Needy/Needy.csproj" />
              <Project Path="tests/Needy.Tests/Needy.Tests.csproj" />
            </Solution>
            """);

        // The package's own project has nothing to do with our build files.
        Write("package/Directory.Build.props", "<Project />");
        Write("package/Directory.Build.targets", "<Project />");
        Write("package/Directory.Packages.props", "<Project />");
        Write("package/Mend.Example.csproj", """
            <Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net10.0</TargetFramework><Version>1.2.3</Version></PropertyGroup></Project>
            """);
        Write("package/Answer.cs", "namespace Mend.Example; public static class Answer { public const int Value = 42; }");
    }

    /// <summary>The moment at which the kept answer was last written.</summary>
    public DateTime ProbedAt => File.GetLastWriteTimeUtc(PathOf("obj/feed.txt"));

    /// <summary>Runs <c>dotnet</c> in the solution's folder.</summary>
    public Task<DotnetRun> DotnetAsync(params string[] arguments) => DotnetRun.StartAsync(_root, PathOf("packages"), arguments);

    /// <summary>Packs the package and names its feed in the solution's NuGet.config.</summary>
    public async Task<DotnetRun> PublishPackageAsync()
    {
        var pack = await DotnetAsync("pack", "package", "-o", "feed");
        WriteFeeds("""<add key="example" value="feed" />""");
        return pack;
    }

    /// <summary>The types that a project's source put into its built assembly.</summary>
    public string[] TypesOf(string project)
    {
        using var image = new PEReader(File.OpenRead(PathOf($"src/{project}/bin/Debug/net10.0/{project}.dll")));
        var metadata = image.GetMetadataReader();
        return [.. metadata.TypeDefinitions.Select(metadata.GetTypeDefinition)
            .Where(type => metadata.GetString(type.Namespace) is not ("Microsoft.CodeAnalysis" or "System.Runtime.CompilerServices"))
            .Select(type => metadata.GetString(type.Name))
            .Where(name => name != "<Module>")];
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Mend.Cluster.sln")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException($"No folder above '{AppContext.BaseDirectory}' holds Mend.Cluster.sln. Run the tests from the repository's build output.");
        }
        return folder;
    }

    private void WriteFeeds(string more) => Write("NuGet.config", $"""
        <configuration>
          <packageSources><clear /><add key="restored" value="{PackagesFolder}" />{more}</packageSources>
          <packageSourceMapping><clear /></packageSourceMapping>
          <fallbackPackageFolders><clear /><add key="restored" value="{PackagesFolder}" /></fallbackPackageFolders>
        </configuration>
        """);

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        File.WriteAllText(PathOf(path), text);
    }

    private string PathOf(string path) => Path.Combine(_root, path);
}
