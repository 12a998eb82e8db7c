using System.Security.Cryptography;
using System.Text.Json;

namespace Mend.Models;

/// <summary>What a family read of a configuration, as one digest: two models of one shape may still compute different things.</summary>
internal static class OptionsDigest
{
    /// <summary>The digest: the same whatever the order of the options, and whatever stands in the file that nobody reads.</summary>
    /// <param name="config">A configuration that a family has described.</param>
    /// <returns>64 hexadecimal digits.</returns>
    public static string Of(ConfigReader config)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text))
        {
            config.WriteUsed(writer);
        }

        return Convert.ToHexStringLower(SHA256.HashData(text.GetBuffer().AsSpan(0, (int)text.Length)));
    }
}
