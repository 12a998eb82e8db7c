using System.ComponentModel;
using Mend.Cluster;

namespace Mend.Silo;

/// <summary>Whom the silo believes, and who it is.</summary>
internal sealed class TlsOptions
{
    [Description("PEM file with this silo's certificate, OU=silo. With it, silos and clients need certificates of Tls:Authority.")]
    public string? Certificate { get; set; }

    [Description("PEM file with the certificate's key. Unset: it stands in the same file.")]
    public string? Key { get; set; }

    [Description("PEM file with the certificates of the authority that issues those of silos and clients.")]
    public string? Authority { get; set; }

    [Description("Whether to listen beyond this machine without certificates: for a network that keeps strangers out, who could edit the model.")]
    public bool PlainText { get; set; }

    /// <summary>Reads the files; null when there are none.</summary>
    /// <exception cref="IOException">One cannot be used.</exception>
    public ClusterCertificates? Load()
    {
        if (Certificate is null || Authority is null)
        {
            return null;
        }

        ClusterCertificates loaded = ClusterCertificates.Load(Certificate, Key, Authority);
        return loaded.Right == CallerRight.Silo ? loaded
            : throw new IOException($"The certificate in '{Certificate}' ({loaded.Own.Subject}) has the right {loaded.Right.ToString().ToLowerInvariant()}; a silo's has OU=silo.");
    }
}
