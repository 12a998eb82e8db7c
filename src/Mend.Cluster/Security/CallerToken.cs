using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Mend.Cluster;

/// <summary>
/// Who makes a call, as it travels with the call: its certificate, and a signature with that certificate's key under the cluster's name and an
/// hour. Connections are encrypted and end at silos, so nobody else sees it; a call may pass through several silos, whose connections say
/// nothing of who began it.
/// </summary>
/// <param name="Certificate">The certificate, DER.</param>
/// <param name="Ends">When the token ends, ticks in UTC.</param>
/// <param name="Signature">Over cluster and end.</param>
internal sealed record CallerToken(byte[] Certificate, long Ends, byte[] Signature)
{
    /// <summary>Where it travels.</summary>
    internal const string Key = "mend.caller";

    /// <summary>How long one is good.</summary>
    internal static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Signs one.</summary>
    /// <param name="own">The certificate with its key.</param>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="now">The time.</param>
    public static CallerToken Sign(X509Certificate2 own, string cluster, DateTimeOffset now)
    {
        long ends = now.Add(Lifetime).UtcTicks;
        byte[] text = Text(cluster, ends);
        using ECDsa? curve = own.GetECDsaPrivateKey();
        using RSA? primes = curve is null ? own.GetRSAPrivateKey() : null;
        byte[] signature = curve?.SignData(text, HashAlgorithmName.SHA256) ?? primes?.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)
            ?? throw new CryptographicException("The certificate's key is neither of an elliptic curve nor of RSA.");
        return new CallerToken(own.RawData, ends, signature);
    }

    /// <summary>Whose it is; null when it is forged, of another cluster, or over. Whether the certificate is believed is another question.</summary>
    /// <param name="cluster">The cluster's name.</param>
    /// <param name="now">The time.</param>
    public X509Certificate2? Read(string cluster, DateTimeOffset now)
    {
        // Twice, because clocks differ.
        if (Ends < now.UtcTicks || Ends > now.Add(2 * Lifetime).UtcTicks)
        {
            return null;
        }

        try
        {
            X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(Certificate);
            byte[] text = Text(cluster, Ends);
            using ECDsa? curve = certificate.GetECDsaPublicKey();
            using RSA? primes = curve is null ? certificate.GetRSAPublicKey() : null;
            return (curve?.VerifyData(text, Signature, HashAlgorithmName.SHA256) ?? primes?.VerifyData(text, Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)) == true ? certificate : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>As it travels: text, which the head of a message takes.</summary>
    public string Pack() => string.Create(CultureInfo.InvariantCulture, $"{Ends} {Convert.ToBase64String(Signature)} {Convert.ToBase64String(Certificate)}");

    /// <summary>Reads what travels; null when it is none.</summary>
    public static CallerToken? Unpack(string? text)
    {
        string[] parts = text?.Split(' ') ?? [];
        try
        {
            return parts.Length == 3 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long ends)
                ? new CallerToken(Convert.FromBase64String(parts[2]), ends, Convert.FromBase64String(parts[1]))
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Shows no content.</summary>
    public override string ToString() => nameof(CallerToken);

    private static byte[] Text(string cluster, long ends) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"mend caller\n{cluster}\n{ends}"));
}
