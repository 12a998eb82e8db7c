using k8s;
using k8s.Models;

namespace Mend.Deploy.Tests;

/// <summary>The chart, rendered for some values.</summary>
internal sealed class Chart(IReadOnlyList<object> objects)
{
    private static readonly Dictionary<string, Type> Types = new()
    {
        ["cert-manager.io/v1/Certificate"] = typeof(Certificate),
        ["monitoring.coreos.com/v1/ServiceMonitor"] = typeof(ServiceMonitor),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
        ["gateway.networking.k8s.io/v1/HTTPRoute"] = typeof(HttpRoute),
    };

    public static string Folder { get; } = Tool.File("helm", "mend-cluster");

    /// <summary>The values that the chart is tested with, by name.</summary>
    public static IEnumerable<string> Matrix => Directory.EnumerateFiles(Tool.File("tests", "Mend.Deploy.Tests", "Charts", "values")).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal);

    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects { get; } = [.. objects.Cast<IKubernetesObject<V1ObjectMeta>>()];

    /// <summary>A pod's spec by the component that it is for.</summary>
    public IEnumerable<(V1ObjectMeta Metadata, V1PodSpec Spec)> Pods =>
    [
        .. All<V1StatefulSet>().Select(s => (s.Spec.Template.Metadata, s.Spec.Template.Spec)),
        .. All<V1Deployment>().Select(d => (d.Spec.Template.Metadata, d.Spec.Template.Spec)),
        .. All<V1Pod>().Select(p => (p.Metadata, p.Spec)),
    ];

    /// <summary>Renders it for values of the matrix, with every object read strictly.</summary>
    public static async Task<Chart> RenderAsync(string values, params string[] more)
    {
        (int code, string output, string error) = await TemplateAsync(["--values", ValuesFile(values), .. more]);
        Assert.True(code == 0, error);
        return new Chart(KubernetesYaml.LoadAllFromString(output, Types, strict: true));
    }

    public static Task<(int Code, string Output, string Error)> TemplateAsync(IEnumerable<string> arguments) =>
        Tool.RunAsync(Tool.Helm!, ["template", "facts", Folder, "--namespace", "mend", "--kube-version", "1.35", .. arguments]);

    public static string ValuesFile(string name) => Tool.File("tests", "Mend.Deploy.Tests", "Charts", "values", name + ".yaml");

    public IEnumerable<T> All<T>() => Objects.OfType<T>();

    public T The<T>(string component)
        where T : IKubernetesObject<V1ObjectMeta> => All<T>().Single(o => o.Metadata.Labels["app.kubernetes.io/component"] == component);

    /// <summary>The pods' labels that a selector finds.</summary>
    public IEnumerable<V1ObjectMeta> Selected(IEnumerable<KeyValuePair<string, string>> selector) =>
        Pods.Select(p => p.Metadata).Where(m => selector.All(s => m.Labels.TryGetValue(s.Key, out string? value) && value == s.Value));
}
