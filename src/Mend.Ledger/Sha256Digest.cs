using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mend.Ledger;

/// <summary>A SHA-256 digest. Compared by value; <c>default</c> is not a digest.</summary>
[JsonConverter(typeof(Sha256DigestJsonConverter))]
public readonly record struct Sha256Digest
{
    private const string Prefix = "sha256:";

    private readonly string? _hex;

    private Sha256Digest(string hex) => _hex = hex;

    /// <summary>64 lower-case hexadecimal digits.</summary>
    /// <exception cref="InvalidOperationException">This is <c>default</c>.</exception>
    public string Hex => _hex ?? throw new InvalidOperationException("default(Sha256Digest) is not a digest.");

    /// <summary>The digest of some bytes.</summary>
    /// <param name="data">The bytes.</param>
    public static Sha256Digest Of(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(data, hash);
        return new Sha256Digest(Convert.ToHexStringLower(hash));
    }

    /// <summary>The digest that 32 bytes are.</summary>
    /// <param name="hash">The bytes.</param>
    internal static Sha256Digest FromBytes(ReadOnlySpan<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, SHA256.HashSizeInBytes);
        return new Sha256Digest(Convert.ToHexStringLower(hash));
    }

    /// <summary>Its 32 bytes.</summary>
    internal byte[] ToBytes() => Convert.FromHexString(Hex);

    /// <summary>Reads <c>sha256:</c> followed by 64 lower-case hexadecimal digits; the prefix may be left out.</summary>
    /// <param name="text">The text; null is not a digest.</param>
    /// <param name="digest">The digest, or <c>default</c>.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out Sha256Digest digest)
    {
        ReadOnlySpan<char> hex = text;
        if (hex.StartsWith(Prefix, StringComparison.Ordinal))
        {
            hex = hex[Prefix.Length..];
        }

        bool good = hex.Length == 2 * SHA256.HashSizeInBytes && hex.IndexOfAnyExcept("0123456789abcdef") < 0;
        digest = good ? new Sha256Digest(hex.ToString()) : default;
        return good;
    }

    /// <summary><c>sha256:</c> followed by the digits.</summary>
    public override string ToString() => Prefix + _hex;
}

internal sealed class Sha256DigestJsonConverter : JsonConverter<Sha256Digest>
{
    public override Sha256Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.GetString();
        return Sha256Digest.TryParse(text, out Sha256Digest digest) ? digest : throw new JsonException($"'{text}' is not a SHA-256 digest.");
    }

    public override void Write(Utf8JsonWriter writer, Sha256Digest value, JsonSerializerOptions options)
    {
        // Hex throws for default, ToString does not.
        _ = value.Hex;
        writer.WriteStringValue(value.ToString());
    }
}
