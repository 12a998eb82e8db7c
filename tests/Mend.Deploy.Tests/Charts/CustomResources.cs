using k8s;
using k8s.Models;

namespace Mend.Deploy.Tests;

// The fields that the chart may use of objects that Kubernetes itself does not have, as strict as the client's own models: an unknown field is refused.

internal abstract record CustomResource : IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();
}

internal sealed record Certificate : CustomResource
{
    public required CertificateSpec Spec { get; set; }
}

internal sealed record CertificateSpec
{
    public required string SecretName { get; set; }

    public required string CommonName { get; set; }

    public required CertificateSubject Subject { get; set; }

    public required string Duration { get; set; }

    public required List<string> Usages { get; set; }

    public required CertificateKey PrivateKey { get; set; }

    public required CertificateIssuer IssuerRef { get; set; }
}

internal sealed record CertificateSubject
{
    public required List<string> OrganizationalUnits { get; set; }
}

internal sealed record CertificateKey
{
    public required string Algorithm { get; set; }

    public required int Size { get; set; }

    public required string RotationPolicy { get; set; }
}

internal sealed record CertificateIssuer
{
    public required string Name { get; set; }

    public required string Kind { get; set; }

    public required string Group { get; set; }
}

internal sealed record ServiceMonitor : CustomResource
{
    public required ServiceMonitorSpec Spec { get; set; }
}

internal sealed record ServiceMonitorSpec
{
    public required V1LabelSelector Selector { get; set; }

    public required List<ServiceMonitorEndpoint> Endpoints { get; set; }
}

internal sealed record ServiceMonitorEndpoint
{
    public required string Port { get; set; }

    public required string Path { get; set; }

    public required string Interval { get; set; }

    public ServiceMonitorAuthorization? Authorization { get; set; }

    public required List<Relabeling> Relabelings { get; set; }
}

internal sealed record ServiceMonitorAuthorization
{
    public required V1SecretKeySelector Credentials { get; set; }
}

internal sealed record Relabeling
{
    public required string TargetLabel { get; set; }

    public required string Replacement { get; set; }
}

internal sealed record PrometheusRule : CustomResource
{
    public required RuleFile Spec { get; set; }
}

internal sealed record HttpRoute : CustomResource
{
    public required HttpRouteSpec Spec { get; set; }
}

internal sealed record HttpRouteSpec
{
    public required List<Dictionary<string, string>> ParentRefs { get; set; }

    public List<string>? Hostnames { get; set; }

    public required List<HttpRouteRule> Rules { get; set; }
}

internal sealed record HttpRouteRule
{
    public required List<HttpRouteBackend> BackendRefs { get; set; }
}

internal sealed record HttpRouteBackend
{
    public required string Name { get; set; }

    public required int Port { get; set; }
}
