using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Mend.Deploy.Tests;

/// <summary>A file of Prometheus' rules.</summary>
internal sealed record RuleFile
{
    public required List<RuleGroup> Groups { get; set; }

    /// <summary>The project's alerts.</summary>
    public static RuleFile Read() => new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build()
        .Deserialize<RuleFile>(File.ReadAllText(Tool.File("deploy", "prometheus", "rules.yml")));
}

internal sealed record RuleGroup
{
    public required string Name { get; set; }

    public required List<AlertRule> Rules { get; set; }
}

internal sealed record AlertRule
{
    public required string Alert { get; set; }

    public required string Expr { get; set; }

    public string? For { get; set; }

    public required Dictionary<string, string> Labels { get; set; }

    public required Dictionary<string, string> Annotations { get; set; }
}
