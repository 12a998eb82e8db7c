using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Mend.Testing;

/// <summary>An authority of certificates, in a folder that is deleted with the object.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mend-authority-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _own;

    public TestAuthority()
    {
        CertificateRequest request = new("CN=authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        _own = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File = Path.Combine(_folder, "authority.pem");
        System.IO.File.WriteAllText(File, _own.ExportCertificatePem());
    }

    /// <summary>Its certificate, PEM.</summary>
    public string File { get; }

    /// <summary>Issues a certificate; it and its key in one PEM file.</summary>
    /// <param name="subject">The subject, such as "CN=alice, OU=read".</param>
    /// <param name="days">Days from now until it ends; it began two days before that at the latest.</param>
    public string Issue(string subject, int days = 1)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new(subject, key, HashAlgorithmName.SHA256);
        DateTimeOffset now = TimeProvider.System.GetUtcNow(), ends = now.AddDays(days).AddMinutes(-5);
        using X509Certificate2 issued = request.Create(_own, ends.AddDays(-1.5) < _own.NotBefore ? _own.NotBefore : ends.AddDays(-1.5), ends, Guid.NewGuid().ToByteArray());
        string file = Path.Combine(_folder, $"{Guid.NewGuid():n}.pem");
        System.IO.File.WriteAllText(file, issued.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        return file;
    }

    public void Dispose()
    {
        _own.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
