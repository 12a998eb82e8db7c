using System.Text.RegularExpressions;

namespace Mend.Deploy.Tests;

/// <summary>The alerts: their expressions by Prometheus' own tool, and a page for each.</summary>
public sealed partial class RulesTests
{
    private static readonly string Tests = Tool.File("tests", "Mend.Deploy.Tests", "Monitoring", "rules.test.yml");

    public static TheoryData<string> Alerts => [.. Names];

    private static IEnumerable<string> Names => RuleFile.Read().Groups.SelectMany(g => g.Rules).Select(r => r.Alert);

    [PrometheusFact]
    public async Task Rules_ByPromtool_AreRulesAndFireWhenTheyShould()
    {
        (int check, string checkedOutput, string checkError) = await Tool.RunAsync(Tool.Promtool!, ["check", "rules", Tool.File("deploy", "prometheus", "rules.yml")]);
        (int test, string tested, string testError) = await Tool.RunAsync(Tool.Promtool!, ["test", "rules", Tests]);

        Assert.True(check == 0, checkedOutput + checkError);
        Assert.True(test == 0, tested + testError);
    }

    [Theory]
    [MemberData(nameof(Alerts))]
    public void Alert_Each_IsTestedAndHasAPage(string alert)
    {
        AlertRule rule = RuleFile.Read().Groups.SelectMany(g => g.Rules).Single(r => r.Alert == alert);
        string page = Tool.File(rule.Annotations["runbook"].Split('/'));

        Assert.Contains(rule.Labels["severity"], new[] { "info", "warning", "critical" });
        Assert.True(rule.For is not null || rule.Expr.Contains("increase(", StringComparison.Ordinal), "An alert on what is now waits a while; one on what has happened need not.");
        Assert.Equal($"docs/runbooks/{alert}.md", rule.Annotations["runbook"]);
        Assert.Equal($"# {alert}", File.ReadLines(page).First());
        Assert.Contains($"- name: {alert} fires", File.ReadAllText(Tests), StringComparison.Ordinal);
        Assert.Contains($"- name: {alert} stays silent", File.ReadAllText(Tests), StringComparison.Ordinal);
    }

    [Fact]
    public void Pages_Each_IsOfAnAlertAndInTheList()
    {
        string operations = File.ReadAllText(Tool.File("docs", "operations.md"));

        Assert.Equal(Names.Order(StringComparer.Ordinal), Directory.EnumerateFiles(Tool.File("docs", "runbooks")).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal));
        Assert.All(Names, a => Assert.Contains($"runbooks/{a}.md", operations, StringComparison.Ordinal));
    }

    /// <summary>What pages tell to look at exists: settings, commands and metrics are those of the documents beside them.</summary>
    [Fact]
    public void Pages_Metrics_AreKnown()
    {
        string known = File.ReadAllText(Tool.File("docs", "cluster.md")) + File.ReadAllText(Tool.File("docs", "gateway.md"));

        Assert.All(
            Directory.EnumerateFiles(Tool.File("docs", "runbooks")).SelectMany(f => Metric().Matches(File.ReadAllText(f)).Select(m => m.Groups[1].Value)),
            metric => Assert.Contains($"`{metric}`", known, StringComparison.Ordinal));
    }

    [GeneratedRegex("`((?:mend|gen_ai)\\.[a-z_.]+)`")]
    private static partial Regex Metric();
}
