using Mend.Cluster;
using k8s.Models;

namespace Mend.Deploy.Tests;

/// <summary>What single values of the chart do.</summary>
public sealed class ChartValuesTests
{
    public static TheoryData<string, string> Incomplete => new()
    {
        { "postgresql.host=", "postgresql.host is empty" },
        { "postgresql.existingSecret=", "postgresql.existingSecret is empty" },
        { "tls.plainText=false", "Silos would speak plain text" },
        { "tls.siloSecret=a", "does not go with certificates" },
        { "tls.plainText=false,tls.siloSecret=a", "are wanted together" },
        { "tls.plainText=false,tls.certManager.enabled=true", "tls.certManager.issuer.name is empty" },
        { "gateway.allowAnonymous=false", "Nobody would be asked for a key" },
        { "gateway.jwt.authority=https://a", "are wanted together" },
        { "model.source.type=claim", "model.source.claim.name is empty" },
        { "model.source.type=image", "model.source.image.reference is empty" },
        { "gateway.ingress.enabled=true", "gateway.ingress.host is empty" },
        { "gateway.route.enabled=true", "gateway.route.parentRefs is empty" },
        { "gateway.autoscaling.minReplicas=9", "more than maxReplicas" },
        { "silo.engine=cuda:0", "silo.gpu.count is 0" },
    };

    [HelmTheory]
    [MemberData(nameof(Incomplete))]
    public async Task Template_ValuesThatDoNotGoTogether_SaysWhatIsWanted(string set, string said)
    {
        (int code, _, string error) = await Chart.TemplateAsync(["--values", Chart.ValuesFile("defaults"), "--set", set]);

        Assert.NotEqual(0, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    [HelmFact]
    public async Task StatefulSet_PlanChanges_HasAnotherNameAndOtherPods()
    {
        V1StatefulSet three = await SiloAsync();
        V1StatefulSet four = await SiloAsync("--set", "shards=4");
        V1StatefulSet other = await SiloAsync("--set", "model.path=other");
        V1StatefulSet debug = await SiloAsync("--set", "silo.logLevels.Mend=Debug");

        Assert.Equal(3, new[] { three, four, other }.Select(s => s.Metadata.Name).Distinct().Count());
        Assert.Equal(3, new[] { three, four, other }.Select(s => s.Spec.Selector.MatchLabels["mend.cluster/plan"]).Distinct().Count());
        Assert.Equal(three.Metadata.Name, debug.Metadata.Name);
        Assert.Equal("facts-mend-cluster-silo", four.Spec.ServiceName);
    }

    [Fact]
    public void WireRelease_Chart_IsTheSilos()
    {
        object? release = typeof(RemoteModel).Assembly.GetType("Mend.Cluster.ModelDigest", throwOnError: true)!.GetField("WireRelease")!.GetRawConstantValue();

        Assert.Contains($"mend.cluster/wire-release: \"{release}\"", File.ReadAllText(Path.Combine(Chart.Folder, "Chart.yaml")), StringComparison.Ordinal);
    }

    [HelmFact]
    public async Task Silo_Gpu_AsksForItAndKeepsTheOtherLimits()
    {
        V1PodSpec pod = (await Chart.RenderAsync("gpu")).The<V1StatefulSet>("silo").Spec.Template.Spec;

        Assert.Equal(["memory", "nvidia.com/gpu"], pod.Containers[0].Resources.Limits.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("DoNotSchedule", pod.TopologySpreadConstraints[0].WhenUnsatisfiable);
        Assert.Equal("high", pod.PriorityClassName);
        Assert.NotNull(pod.NodeSelector);
        Assert.NotNull(pod.Tolerations);
        Assert.Equal("registry", pod.ImagePullSecrets[0].Name);
        Assert.Equal(135, pod.TerminationGracePeriodSeconds);
    }

    [HelmFact]
    public async Task Model_Sources_AreMountedReadOnly()
    {
        V1PodSpec copied = (await Chart.RenderAsync("copied-image")).The<V1StatefulSet>("silo").Spec.Template.Spec;
        V1PodSpec claimed = (await Chart.RenderAsync("claim")).The<V1StatefulSet>("silo").Spec.Template.Spec;
        V1PodSpec image = (await Chart.RenderAsync("image-volume")).The<V1StatefulSet>("silo").Spec.Template.Spec;

        Assert.Equal(("registry.example.com/models/llama:8b", "/models/."), (copied.InitContainers[0].Image, copied.InitContainers[0].Command[2]));
        Assert.NotNull(Volume(copied).EmptyDir);
        Assert.Equal(("models", true), (Volume(claimed).PersistentVolumeClaim.ClaimName, Volume(claimed).PersistentVolumeClaim.ReadOnlyProperty));
        Assert.Equal("llm", Mount(claimed).SubPath);
        Assert.Equal("registry.example.com/models/llama:8b", Volume(image).Image.Reference);
        Assert.All([copied, claimed, image], p => Assert.True(Mount(p).ReadOnlyProperty));
        Assert.DoesNotContain(image.Containers[0].Env, e => e.Name == "MEND_MODEL__EDITORFILE");

        static V1Volume Volume(V1PodSpec pod) => pod.Volumes.Single(v => v.Name == "model");
        static V1VolumeMount Mount(V1PodSpec pod) => pod.Containers[0].VolumeMounts.Single(m => m.Name == "model");
    }

    [HelmFact]
    public async Task CertManager_Certificates_AreWhatSiloAndGatewayMount()
    {
        Chart chart = await Chart.RenderAsync("cert-manager");

        Assert.Equal(
            [("gateway", "edit"), ("silo", "silo")],
            chart.All<Certificate>().Select(c => (c.Metadata.Labels["app.kubernetes.io/component"], c.Spec.Subject.OrganizationalUnits.Single())).Order());
        Assert.Equal(
            chart.All<Certificate>().Select(c => c.Spec.SecretName).Order(StringComparer.Ordinal),
            chart.Pods.SelectMany(p => p.Spec.Volumes).Select(v => v.Secret?.SecretName).OfType<string>().Distinct().Order(StringComparer.Ordinal));
    }

    [HelmFact]
    public async Task Monitoring_RulesAndDashboards_AreThoseOfTheDeployFolder()
    {
        Chart chart = await Chart.RenderAsync("monitoring");

        Assert.Equal(
            RuleFile.Read().Groups.SelectMany(g => g.Rules).Select(r => (r.Alert, r.Expr, r.Annotations["summary"])),
            chart.All<PrometheusRule>().Single().Spec.Groups.SelectMany(g => g.Rules).Select(r => (r.Alert, r.Expr, r.Annotations["summary"])));
        Assert.Equal(
            Directory.EnumerateFiles(Tool.File("deploy", "grafana", "dashboards")).ToDictionary(f => Path.GetFileName(f)!, f => File.ReadAllText(f).Trim()),
            chart.All<V1ConfigMap>().Single().Data.ToDictionary(d => d.Key, d => d.Value.Trim()));
        Assert.Equal("metrics-key", chart.The<ServiceMonitor>("gateway").Spec.Endpoints[0].Authorization!.Credentials.Name);
        Assert.NotNull(chart.The<V1NetworkPolicy>("silo").Spec.Ingress.Single(i => i.Ports.Any(p => p.Port.Value == "http")).FromProperty);
    }

    [HelmFact]
    public async Task Optional_ByDefault_IsNotThere()
    {
        Chart chart = await Chart.RenderAsync("defaults");

        Assert.Equal(
            ["Deployment", "NetworkPolicy", "Pod", "PodDisruptionBudget", "PodDisruptionBudget", "Service", "Service", "StatefulSet"],
            chart.Objects.Select(o => o.Kind).Order(StringComparer.Ordinal));
        Assert.Equal(5, (await Chart.RenderAsync("no-policies")).Objects.Count);
    }

    [HelmFact]
    public async Task Settings_OfTheSilo_BecomeItsEnvironment()
    {
        Dictionary<string, string?> environment = (await SiloAsync("--values", Chart.ValuesFile("settings"))).Spec.Template.Spec.Containers[0].Env.ToDictionary(e => e.Name, e => e.Value)!;

        Assert.Equal(("64", "2GiB", "true"), (environment["MEND_SILO__QUEUELIMIT"], environment["MEND_SILO__REQUESTMEMORY"], environment["MEND_SILO__BF16ONTHEWIRE"]));
        Assert.Equal("Debug", environment["MEND_LOGGING__LOGLEVEL__Mend"]);
        Assert.Equal("always_on", environment["OTEL_TRACES_SAMPLER"]);
        Assert.Equal("postgresql://editor@postgresql.databases:6432/facts?sslmode=verify-full&ledger=demo", environment["MEND_MODEL__LEDGER"]);
    }

    private static async Task<V1StatefulSet> SiloAsync(params string[] more) => (await Chart.RenderAsync("defaults", more)).The<V1StatefulSet>("silo");
}
