using System.Globalization;
using System.Net;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Silo;

/// <summary>Readers of values. Each throws <see cref="FormatException"/> with what is wanted as its message.</summary>
internal static class Parse
{
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    public static string Text(string text, SiloSettings read) => text.Length > 0 ? text : throw new FormatException("some text is wanted");

    public static string? Optional(string text, SiloSettings read) => text.Length > 0 ? text : null;

    public static bool Flag(string text, SiloSettings read) => bool.TryParse(text, out bool value) ? value : throw new FormatException("true or false is wanted");

    public static Func<string, SiloSettings, int> Number(int least, int most = int.MaxValue) => (text, _) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : throw new FormatException(most == int.MaxValue ? $"a whole number of at least {least} is wanted" : $"a whole number from {least} to {most} is wanted");

    public static int Port(string text, SiloSettings read) => Number(1, 65535)(text, read);

    public static T Choice<T>(string text, SiloSettings read)
        where T : struct, Enum =>
        Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase)
            ? Enum.Parse<T>(text, ignoreCase: true)
            : throw new FormatException($"{string.Join(" or ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant()))} is wanted");

    public static string Engine(string text, SiloSettings read) =>
        EngineName.TryParse(text, out _) ? text : throw new FormatException($"{Engines.Choices} is wanted");

    public static long? Size(string text, SiloSettings read) =>
        text.Length == 0 ? null : ByteSize.Parse(text) ?? throw new FormatException("a size such as 24GB or 80GiB is wanted");

    public static TimeSpan Duration(string text, SiloSettings read)
    {
        (string unit, double seconds) = Units.FirstOrDefault(u => text.EndsWith(u.Unit, StringComparison.Ordinal), ("", 0));
        return seconds > 0 && double.TryParse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value * seconds is > 0 and < 86400
            ? TimeSpan.FromSeconds(value * seconds)
            : throw new FormatException("a time such as 500ms, 30s or 5m is wanted, less than a day");
    }

    public static IPAddress? Address(string text, SiloSettings read) =>
        text.Length == 0 ? null : IPAddress.TryParse(text, out IPAddress? address) ? address : throw new FormatException("an IP address is wanted");

    public static IPEndPoint EndPoint(string text, SiloSettings read) =>
        IPEndPoint.TryParse(text, out IPEndPoint? point) && point.Port > 0 ? point : throw new FormatException("an IP address with a port is wanted, such as 127.0.0.1:11111");

    public static Uri? Url(string text, SiloSettings read) =>
        text.Length == 0 ? null
        : Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" ? uri
        : throw new FormatException("a URL such as http://localhost:4317 is wanted");

    /// <summary>Shards by number, or "ordinal" for the number that the silo's name ends in, as the pods of a StatefulSet have it.</summary>
    public static int[]? Roles(string text, SiloSettings read)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (!text.Equals("ordinal", StringComparison.OrdinalIgnoreCase))
        {
            return [.. text.Split(',', StringSplitOptions.TrimEntries).Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int role)
                ? role
                : throw new FormatException("numbers of shards with commas between them, or ordinal, are wanted"))];
        }

        string name = read.Cluster.SiloName;
        return name.LastIndexOf('-') is >= 0 and int dash && int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal)
            ? [ordinal]
            : throw new FormatException($"a silo's name (Cluster:SiloName) with a number behind its last dash is wanted for it, and this silo's name is '{name}'");
    }
}
