using System.Reflection;
using CliWrap;
using CliWrap.Buffered;

namespace Mend.Deploy.Tests;

/// <summary>Programs that the files of a deployment are for, and where these files are.</summary>
internal static class Tool
{
    private static readonly Dictionary<string, string> Metadata = typeof(Tool).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(m => m.Value is not null).ToDictionary(m => m.Key, m => m.Value!, StringComparer.Ordinal);

    /// <summary>Path of helm, or null.</summary>
    public static string? Helm { get; } = Find("MEND_HELM", "helm");

    public static string? Promtool { get; } = Find("MEND_PROMTOOL", "promtool");

    public static string? Prometheus { get; } = Find("MEND_PROMETHEUS", "prometheus");

    public static string? DockerCompose { get; } = Find("MEND_DOCKER_COMPOSE", "docker-compose");

    /// <summary>The clone's folder.</summary>
    public static string Repository { get; } = Path.GetFullPath(Metadata["repository"]);

    /// <summary>A program of the project, as it was built.</summary>
    public static string Program(string name) => Metadata[name];

    /// <summary>A file of the clone.</summary>
    public static string File(params string[] names) => Path.Combine([Repository, .. names]);

    /// <summary>Why a test that needs a program is skipped, or null.</summary>
    public static string? Missing(string? program, string name) =>
        program is null ? $"{name} was not found on the path, and MEND_{name.ToUpperInvariant().Replace('-', '_')} does not say where it is; .ci/run brings it where it can." : null;

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int Code, string Output, string Error)> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, CancellationToken stop = default)
    {
        BufferedCommandResult result = await Cli.Wrap(program).WithArguments(arguments).WithWorkingDirectory(Repository).WithValidation(CommandResultValidation.None)
            .WithEnvironmentVariables(environment ?? new Dictionary<string, string?>()).ExecuteBufferedAsync(stop);
        return (result.ExitCode, result.StandardOutput, result.StandardError);
    }

    private static string? Find(string variable, string name)
    {
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string[] places = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named ? [named] : [.. path.Select(p => Path.Combine(p, name))];
        return Array.Find(places, System.IO.File.Exists);
    }
}

/// <summary>A test that needs helm.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HelmFactAttribute : FactAttribute
{
    public HelmFactAttribute() => Skip = Tool.Missing(Tool.Helm, "helm");
}

/// <summary>Several such tests.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class HelmTheoryAttribute : TheoryAttribute
{
    public HelmTheoryAttribute() => Skip = Tool.Missing(Tool.Helm, "helm");
}

/// <summary>A test that needs Prometheus and its promtool.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PrometheusFactAttribute : FactAttribute
{
    public PrometheusFactAttribute() => Skip = Tool.Missing(Tool.Promtool, "promtool") ?? Tool.Missing(Tool.Prometheus, "prometheus");
}

/// <summary>A test that needs docker-compose; no Docker engine.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ComposeTheoryAttribute : TheoryAttribute
{
    public ComposeTheoryAttribute() => Skip = Tool.Missing(Tool.DockerCompose, "docker-compose");
}
