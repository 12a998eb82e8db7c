using System.Globalization;
using Mend.Ledger;
using Microsoft.AspNetCore.Http;

namespace Mend.Gateway;

/// <summary>What requests that change the model say in headers.</summary>
internal static class EditHeaders
{
    /// <summary>The ledger takes 200 characters; several edits under one key get a number behind it.</summary>
    private const int LongestKey = 190;

    private const string Key = "Idempotency-Key";

    /// <summary>The request's key, or null.</summary>
    /// <exception cref="RequestException">It is too long, or empty.</exception>
    public static string? IdempotencyKey(HttpContext context) => !context.Request.Headers.TryGetValue(Key, out var values) ? null
        : values is [{ Length: > 0 and <= LongestKey } key] ? key
        : throw RequestException.Invalid(Key, $"{Key} is wanted once, with 1 to {LongestKey} characters.");

    /// <summary>The head that the request is for, by If-Match; null for any.</summary>
    /// <exception cref="RequestException">It is no version.</exception>
    public static ModelVersion? Expected(HttpContext context)
    {
        string? tag = context.Request.Headers.IfMatch is { Count: > 0 } tags ? tags.ToString().Trim() : null;
        return tag is null or "*" ? null
            : tag is ['"', .. var number, '"'] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long version) ? new ModelVersion(version)
            : throw RequestException.Invalid("If-Match", $"If-Match was {tag}; the ETag of one version is wanted, such as \"42\".");
    }

    /// <summary>How long the caller would wait for the end, by Prefer: wait=N; null for not at all.</summary>
    public static TimeSpan? Wait(HttpContext context, TimeSpan most)
    {
        foreach (string preference in context.Request.Headers["Prefer"].SelectMany(p => (p ?? "").Split([',', ';'], StringSplitOptions.TrimEntries)))
        {
            if (preference.StartsWith("wait=", StringComparison.OrdinalIgnoreCase)
                && int.TryParse(preference.AsSpan("wait=".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
            {
                TimeSpan wait = TimeSpan.FromSeconds(seconds);
                context.Response.Headers["Preference-Applied"] = $"wait={seconds}";
                return wait < most ? wait : most;
            }
        }

        return null;
    }

    /// <summary>Tells the head that an answer is of.</summary>
    public static void Tag(HttpContext context, ModelVersion head) => context.Response.Headers.ETag = $"\"{head}\"";
}
