namespace Mend.Deploy.Tests;

/// <summary>docker-compose.yml is what the compose specification takes; docker-compose checks it against the schema it brings, and needs no engine for that.</summary>
public sealed class ComposeTests
{
    private static readonly string[] Core = ["gateway", "postgres", "silo-0", "silo-1", "silo-2"];
    private static readonly string[] Observability = ["collector", "grafana", "jaeger", "prometheus"];

    public static TheoryData<string[], string, string[]> Files => new()
    {
        { ["docker-compose.yml"], "", Core },
        { ["docker-compose.yml"], "observability", [.. Core, .. Observability] },
        { ["docker-compose.yml", "deploy/docker-compose.tls.yml"], "", [.. Core, "certificates"] },
    };

    [ComposeTheory]
    [MemberData(nameof(Files))]
    public async Task Config_Profiles_HaveTheirServices(string[] files, string profiles, string[] services)
    {
        (int code, string output, string error) = await ComposeAsync(files, profiles, "x", "config", "--services");

        Assert.True(code == 0, error);
        Assert.Equal(services.Order(StringComparer.Ordinal), output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(s => profiles.Length > 0 || !Observability.Contains(s)).Order(StringComparer.Ordinal));
    }

    [ComposeTheory]
    [InlineData("docker-compose.yml")]
    public async Task Config_NoPassword_SaysWhereToSetIt(string file)
    {
        (int code, _, string error) = await ComposeAsync([file], "", "", "config");

        Assert.NotEqual(0, code);
        Assert.Contains(".env.example", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Example_EveryVariable_IsUsed()
    {
        string compose = File.ReadAllText(Tool.File("docker-compose.yml"));
        IEnumerable<string> variables = File.ReadLines(Tool.File(".env.example")).Select(l => l.TrimStart('#').Split('=')[0]).Where(n => n.StartsWith("MEND_", StringComparison.Ordinal));

        Assert.All(variables, name => Assert.Contains("${" + name + ":", compose, StringComparison.Ordinal));
    }

    private static Task<(int Code, string Output, string Error)> ComposeAsync(string[] files, string profiles, string password, params string[] command) => Tool.RunAsync(
        Tool.DockerCompose!,
        [.. files.SelectMany(f => new[] { "-f", Tool.File(f) }), "--project-directory", Tool.Repository, .. command],
        new Dictionary<string, string?> { ["MEND_POSTGRES_PASSWORD"] = password, ["COMPOSE_PROFILES"] = profiles });
}
