using System.Security.Cryptography;
using System.Text;

namespace Mend.Gateway;

/// <summary>A key as a server knows it: by its hash. The key itself is shown once, when it is made.</summary>
/// <param name="Name">Whose it is; what edits made with it are signed with.</param>
/// <param name="Scopes">What it allows.</param>
/// <param name="Hash">SHA-256 of the key, in lower-case hexadecimal.</param>
public sealed record ApiKey(string Name, IReadOnlyList<Scope> Scopes, string Hash)
{
    private const string Prefix = "mend-", Algorithm = "sha256:";
    private const int Bytes = 32;

    /// <summary>Makes a key.</summary>
    /// <param name="name">Whose it is.</param>
    /// <param name="scopes">What it allows.</param>
    /// <returns>The key, which is not kept, and what a server knows of it.</returns>
    public static (string Secret, ApiKey Key) Make(string name, IReadOnlyList<Scope> scopes)
    {
        string secret = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes));
        return (secret, new ApiKey(Checked(name), scopes, HashOf(secret)));
    }

    /// <summary>What is kept of a key. A key is drawn, not thought up, so a fast hash is as good as a slow one.</summary>
    /// <param name="secret">The key.</param>
    public static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Reads keys, a line each: name, scopes with commas between them, sha256:hash. Empty lines and those that begin with # are passed over; a semicolon ends a line too.</summary>
    /// <param name="text">The lines.</param>
    /// <exception cref="FormatException">A line is none; the message has its number, and nothing of what stands in it.</exception>
    public static IReadOnlyList<ApiKey> Parse(string text)
    {
        List<ApiKey> keys = [];
        string[] lines = text.Split(['\n', ';'], StringSplitOptions.TrimEntries);
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > 0 && lines[i][0] != '#')
            {
                keys.Add(Line(lines[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), i + 1));
            }
        }

        return keys.DistinctBy(k => k.Hash).Count() == keys.Count ? keys : throw new FormatException("Two of the keys are the same; leave one of them out.");
    }

    /// <summary>The line that <see cref="Parse"/> reads.</summary>
    public override string ToString() => $"{Name} {string.Join(',', Scopes).ToLowerInvariant()} {Algorithm}{Hash}";

    /// <summary>Reads scopes, with commas between them.</summary>
    /// <param name="text">The scopes.</param>
    /// <returns>The scopes; null when one is none.</returns>
    public static IReadOnlyList<Scope>? ScopesOf(string text)
    {
        string[] names = text.Split(',', StringSplitOptions.TrimEntries);
        return names.All(n => n.Length > 0 && char.IsLetter(n[0]) && Enum.TryParse<Scope>(n, ignoreCase: true, out _)) ? [.. names.Select(n => Enum.Parse<Scope>(n, ignoreCase: true)).Distinct()] : null;
    }

    private static ApiKey Line(string[] fields, int line) =>
        fields is [var name, var scopes, var hash] && ScopesOf(scopes) is { } allowed && hash.StartsWith(Algorithm, StringComparison.Ordinal)
            && hash.Length == Algorithm.Length + (2 * SHA256.HashSizeInBytes) && hash.AsSpan(Algorithm.Length).IndexOfAnyExcept("0123456789abcdef") < 0
            ? new ApiKey(name, allowed, hash[Algorithm.Length..])
            : throw new FormatException($"Line {line} of the keys is none: NAME SCOPES {Algorithm}HASH is wanted, scopes of {Mend.Gateway.Scopes.All} with commas between them. `mend key` makes one.");

    private static string Checked(string name) => name.Length > 0 && !name.Any(c => char.IsWhiteSpace(c) || c is ';' or '#' || char.IsControl(c))
        ? name
        : throw new FormatException($"'{name}' is no name of a key; one word without ; and # is wanted.");
}
