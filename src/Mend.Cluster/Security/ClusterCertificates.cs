using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mend.Cluster;

/// <summary>
/// This process's certificate and the authority whose certificates it believes. What a certificate allows is its subject's organisational unit:
/// OU=read, OU=edit, OU=operate or OU=silo. Safe to use from several threads.
/// </summary>
public sealed class ClusterCertificates
{
    private const string OrganisationalUnit = "2.5.4.11";

    private readonly X509Certificate2Collection _authority;

    private ClusterCertificates(X509Certificate2 own, X509Certificate2Collection authority) => (Own, _authority) = (own, authority);

    /// <summary>The certificate of this process, with its key.</summary>
    public X509Certificate2 Own { get; }

    /// <summary>What the process's own certificate allows.</summary>
    public CallerRight Right => RightOf(Own);

    /// <summary>Reads the files, all PEM.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="key">Its key; null when it stands in the same file.</param>
    /// <param name="authority">The certificates of the authority.</param>
    /// <exception cref="IOException">A file cannot be read, or does not hold what it should.</exception>
    public static ClusterCertificates Load(string certificate, string? key, string authority)
    {
        X509Certificate2Collection believed = [];
        X509Certificate2 own;
        try
        {
            using X509Certificate2 read = X509Certificate2.CreateFromPemFile(certificate, key);

            // Keys of PEM files are not usable for TLS everywhere.
            own = X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
        }
        catch (CryptographicException error)
        {
            throw new IOException($"'{certificate}' with the key in '{key ?? certificate}' cannot be used ({error.Message}); a certificate and its key in PEM are wanted.", error);
        }

        try
        {
            believed.ImportFromPemFile(authority);
        }
        catch (CryptographicException error)
        {
            throw new IOException($"'{authority}' cannot be used ({error.Message}); certificates in PEM are wanted.", error);
        }

        ClusterCertificates loaded = new(own, believed);
        return believed.Count == 0 ? throw new IOException($"'{authority}' holds no certificate; that of the authority is wanted, in PEM.")
            : loaded.RightOf(own) == CallerRight.None ? throw new IOException(
                $"The certificate in '{certificate}' ({own.Subject}) is not of the authority in '{authority}', has ended or not begun, or its subject has none of OU=read, OU=edit, OU=operate, OU=silo; issue another.")
            : loaded;
    }

    /// <summary>What a certificate allows; nothing when it is not of the authority, or not of today.</summary>
    /// <param name="certificate">The certificate.</param>
    public CallerRight RightOf(X509Certificate2 certificate)
    {
        using X509Chain chain = new();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        if (!chain.Build(certificate))
        {
            return CallerRight.None;
        }

        string[] units = [.. certificate.SubjectName.EnumerateRelativeDistinguishedNames()
            .Where(n => !n.HasMultipleElements && n.GetSingleElementType().Value == OrganisationalUnit).Select(n => n.GetSingleElementValue() ?? "")];
        return Enum.GetValues<CallerRight>().Where(r => r != CallerRight.None && units.Contains(r.ToString().ToLowerInvariant())).DefaultIfEmpty(CallerRight.None).Max();
    }
}
