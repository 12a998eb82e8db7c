using k8s.Models;

namespace Mend.Deploy.Tests;

/// <summary>What holds of the chart whatever the values.</summary>
public sealed class ChartTests
{
    private const string Component = "app.kubernetes.io/component";

    public static TheoryData<string> Matrix => [.. Chart.Matrix];

    [Fact]
    public void Matrix_IsLarge() => Assert.True(Chart.Matrix.Count() >= 15);

    [HelmTheory]
    [MemberData(nameof(Matrix))]
    public async Task Lint_Strict_Passes(string values)
    {
        (int code, string output, string error) = await Tool.RunAsync(Tool.Helm!, ["lint", "--strict", Chart.Folder, "--values", Chart.ValuesFile(values)]);

        Assert.True(code == 0 && !error.Contains("funcMap fail", StringComparison.Ordinal), output + error);
    }

    [HelmTheory]
    [MemberData(nameof(Matrix))]
    public async Task Template_AnyValues_GivesWhatKubernetesTakesAndProgramsWant(string values)
    {
        Chart chart = await Chart.RenderAsync(values);

        Assert.Equal(chart.Objects.Count, chart.Objects.Select(o => (o.Kind, o.Metadata.Name)).Distinct().Count());
        Assert.All(chart.Objects, o =>
        {
            Assert.InRange(o.Metadata.Name.Length, 1, 60);
            Assert.All(["name", "instance", "component", "version", "part-of", "managed-by"], label => Assert.NotEmpty(o.Metadata.Labels["app.kubernetes.io/" + label]));
        });
        Assert.All(chart.Pods, p => CheckPod(p.Spec));
        CheckWorkloads(chart);
        CheckNetwork(chart);
        CheckSilo(chart, (await SettingsAsync()).ToHashSet(StringComparer.OrdinalIgnoreCase));
    }

    private static void CheckPod(V1PodSpec pod)
    {
        Assert.False(pod.AutomountServiceAccountToken);
        Assert.True(pod.SecurityContext.RunAsNonRoot);
        Assert.True(pod.SecurityContext.RunAsUser > 0);
        Assert.Equal("RuntimeDefault", pod.SecurityContext.SeccompProfile.Type);
        HashSet<string> volumes = [.. pod.Volumes.Select(v => v.Name)];
        List<V1Container> all = [.. pod.InitContainers ?? [], .. pod.Containers];
        Assert.Equal(volumes, all.SelectMany(c => c.VolumeMounts).Select(m => m.Name).ToHashSet());
        Assert.All(all, c =>
        {
            Assert.True(c.SecurityContext.ReadOnlyRootFilesystem);
            Assert.False(c.SecurityContext.AllowPrivilegeEscalation);
            Assert.Equal(["ALL"], c.SecurityContext.Capabilities.Drop);
            Assert.Contains("memory", c.Resources.Requests.Keys);
            Assert.Contains("memory", c.Resources.Limits.Keys);
            Assert.Matches("^[^:]+(:[0-9]+/[^:]+)?:[^:]+$", c.Image);
            Assert.DoesNotContain(":latest", c.Image, StringComparison.Ordinal);
        });
    }

    private static void CheckWorkloads(Chart chart)
    {
        V1StatefulSet silo = chart.The<V1StatefulSet>("silo");
        V1Deployment gateway = chart.The<V1Deployment>("gateway");
        Assert.All(silo.Spec.Selector.MatchLabels, l => Assert.Equal(l.Value, silo.Spec.Template.Metadata.Labels[l.Key]));
        Assert.All(gateway.Spec.Selector.MatchLabels, l => Assert.Equal(l.Value, gateway.Spec.Template.Metadata.Labels[l.Key]));
        Assert.Equal("Parallel", silo.Spec.PodManagementPolicy);
        Assert.Equal(chart.All<V2HorizontalPodAutoscaler>().Any(), gateway.Spec.Replicas is null);
        Assert.All(chart.All<V2HorizontalPodAutoscaler>(), h => Assert.Equal(("Deployment", gateway.Metadata.Name), (h.Spec.ScaleTargetRef.Kind, h.Spec.ScaleTargetRef.Name)));
        Assert.All([silo.Spec.Template.Spec, gateway.Spec.Template.Spec], spec => Assert.All(spec.Containers, c =>
        {
            // Each of its own: a slow start or a cluster that is not whole must not get a process killed.
            Assert.Equal(["/healthz", "/readyz", "/healthz"], new[] { c.StartupProbe, c.ReadinessProbe, c.LivenessProbe }.Select(p => p.HttpGet.Path));
            Assert.All([c.StartupProbe, c.ReadinessProbe, c.LivenessProbe], p => Assert.Contains(p.HttpGet.Port.Value, c.Ports.Select(q => q.Name)));
            Assert.True(c.LivenessProbe.FailureThreshold * c.LivenessProbe.PeriodSeconds >= 60);
        }));
        Assert.True(gateway.Spec.Template.Spec.TerminationGracePeriodSeconds > gateway.Spec.Template.Spec.Containers[0].Lifecycle.PreStop.Sleep.Seconds + 10);
        Assert.All(chart.All<V1PodDisruptionBudget>(), b =>
            Assert.All(chart.Selected(b.Spec.Selector.MatchLabels), m => Assert.Equal(b.Metadata.Labels[Component], m.Labels[Component])));
    }

    private static void CheckNetwork(Chart chart)
    {
        foreach (V1Service service in chart.All<V1Service>())
        {
            string component = service.Metadata.Labels[Component];
            Assert.Equal([component], chart.Selected(service.Spec.Selector).Select(m => m.Labels[Component]));
            IEnumerable<string> ports = chart.Pods.Single(p => p.Metadata.Labels[Component] == component).Spec.Containers.SelectMany(c => c.Ports).Select(p => p.Name);
            Assert.All(service.Spec.Ports, p => Assert.Contains(p.TargetPort.Value, ports));
        }

        Assert.Equal("None", chart.The<V1Service>("silo").Spec.ClusterIP);
        Assert.Equal(chart.The<V1Service>("silo").Metadata.Name, chart.The<V1StatefulSet>("silo").Spec.ServiceName);
        V1Service gateway = chart.The<V1Service>("gateway");
        Assert.All(chart.All<V1Ingress>(), i => Assert.All(i.Spec.Rules, r => Assert.All(r.Http.Paths, p => Assert.Equal(gateway.Metadata.Name, p.Backend.Service.Name))));
        Assert.All(chart.All<HttpRoute>(), r => Assert.Equal((gateway.Metadata.Name, gateway.Spec.Ports[0].Port), r.Spec.Rules.SelectMany(x => x.BackendRefs).Select(b => (b.Name, b.Port)).Single()));
        foreach (V1NetworkPolicy policy in chart.All<V1NetworkPolicy>())
        {
            Assert.Equal(["silo"], chart.Selected(policy.Spec.PodSelector.MatchLabels).Select(m => m.Labels[Component]));
            Assert.Equal(["silo"], Allowed(chart, policy, "silo"));
            Assert.Equal(["gateway", "silo", "test"], Allowed(chart, policy, "clients"));
        }

        Assert.All(chart.All<ServiceMonitor>(), m => Assert.Contains(chart.All<V1Service>(), s =>
            m.Spec.Selector.MatchLabels.All(l => s.Metadata.Labels[l.Key] == l.Value) && m.Spec.Endpoints.All(e => s.Spec.Ports.Any(p => p.Name == e.Port))));
    }

    /// <summary>The components whose pods may reach a port of the silos.</summary>
    private static IEnumerable<string> Allowed(Chart chart, V1NetworkPolicy policy, string port) =>
        policy.Spec.Ingress.Where(i => i.Ports.Any(p => p.Port.Value == port))
            .SelectMany(i => i.FromProperty).SelectMany(peer => chart.Selected(peer.PodSelector.MatchLabels)).Select(m => m.Labels[Component]).Distinct().Order(StringComparer.Ordinal);

    private static void CheckSilo(Chart chart, HashSet<string> settings)
    {
        V1StatefulSet silo = chart.The<V1StatefulSet>("silo");
        V1PodSpec pod = silo.Spec.Template.Spec;
        V1Container container = pod.Containers.Single();
        Dictionary<string, V1EnvVar> environment = container.Env.ToDictionary(e => e.Name);
        Assert.All(environment.Keys.Where(k => k.StartsWith("MEND_", StringComparison.Ordinal) && !k.StartsWith("MEND_LOGGING", StringComparison.Ordinal)), key =>
            Assert.Contains(key["MEND_".Length..].Replace("__", ":", StringComparison.Ordinal), settings));
        Assert.Equal(silo.Spec.Replicas.ToString(), environment["MEND_MODEL__SHARDS"].Value);
        Assert.Equal("status.podIP", environment["MEND_CLUSTER__ADDRESS"].ValueFrom.FieldRef.FieldPath);
        Assert.Equal("metadata.name", environment["MEND_CLUSTER__SILONAME"].ValueFrom.FieldRef.FieldPath);
        Assert.Equal("ordinal", environment["MEND_SILO__ROLES"].Value);
        Assert.Equal(environment.ContainsKey("MEND_TLS__PLAINTEXT"), !environment.ContainsKey("MEND_TLS__CERTIFICATE"));
        Assert.NotNull(environment["PGPASSWORD"].ValueFrom.SecretKeyRef);
        int drain = int.Parse(environment["MEND_SHUTDOWN__LIMIT"].Value.TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(pod.TerminationGracePeriodSeconds > drain);

        // The database in which gateways look for silos is the one in which these meet.
        V1Container gateway = chart.The<V1Deployment>("gateway").Spec.Template.Spec.Containers.Single();
        Assert.Equal(environment["MEND_MODEL__LEDGER"].Value, gateway.Args[gateway.Args.IndexOf("--cluster") + 1]);
        Assert.Equal(environment["MEND_CLUSTER__CLUSTERID"].Value, gateway.Args[gateway.Args.IndexOf("--cluster-id") + 1]);
        Assert.Equal(environment.ContainsKey("MEND_TLS__CERTIFICATE"), gateway.Args.Any(a => a.StartsWith("--tls-certificate", StringComparison.Ordinal)));
    }

    /// <summary>The settings that there are, as the silo itself lists them.</summary>
    private static Task<IReadOnlyList<string>> SettingsAsync() => AllSettings.Value;

    private static readonly Lazy<Task<IReadOnlyList<string>>> AllSettings = new(async () =>
    {
        await using ChildProcess silo = new(Tool.Program("mend-silo"), ["--help"]);
        Assert.Equal(0, await silo.EndAsync(TimeSpan.FromMinutes(2)));
        return [.. System.Text.RegularExpressions.Regex.Matches(silo.Output, "--([A-Z][A-Za-z]+:[A-Za-z0-9]+)").Select(m => m.Groups[1].Value).Distinct()];
    });
}
