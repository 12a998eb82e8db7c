using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Reflection;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Silo;

/// <summary>One value that a silo can be told: a property of a section of <see cref="SiloSettings"/>, with what its attributes say of it.</summary>
internal sealed class Setting
{
    /// <summary>What is shown for a value that is not set.</summary>
    public const string None = "none";

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>How values are read, and what is said to be wanted where that fails and no attribute says it.</summary>
    private static readonly Dictionary<Type, (Func<string, object?> Read, string Wanted)> Readers = new()
    {
        [typeof(string)] = (text => text, "some text is wanted"),
        [typeof(bool)] = (text => bool.Parse(text), "true or false is wanted"),
        [typeof(int)] = (text => int.Parse(text, NumberStyles.AllowLeadingSign, Invariant), "a whole number is wanted"),
        [typeof(long?)] = (text => ByteSize.Parse(text) ?? throw new FormatException(), "a size such as 24GB or 80GiB is wanted"),
        [typeof(long)] = (text => ByteSize.Parse(text) ?? throw new FormatException(), "a size such as 24MB or 80MiB is wanted"),
        [typeof(TimeSpan)] = (text => Duration(text), "a time such as 500ms, 30s or 5m is wanted, less than a day"),
        [typeof(IPAddress)] = (IPAddress.Parse, "an IP address is wanted"),
        [typeof(IPEndPoint)] = (
            text => IPEndPoint.Parse(text) is { Port: > 0 } point ? point : throw new FormatException(), "an IP address with a port is wanted, such as 127.0.0.1:11111"),
        [typeof(Uri)] = (
            text => new Uri(text) is { Scheme: "http" or "https" } url ? url : throw new FormatException(), "a URL such as http://localhost:4317 is wanted"),
        [typeof(int[])] = (
            text => text.Split(',', StringSplitOptions.TrimEntries).Select(part => int.Parse(part, NumberStyles.None, Invariant)).ToArray(),
            "numbers of shards with commas between them are wanted, or ordinal where Cluster:SiloName ends in a dash and a number"),
    };

    private readonly PropertyInfo _section;
    private readonly PropertyInfo _property;

    private Setting(PropertyInfo section, PropertyInfo property) => (_section, _property) = (section, property);

    /// <summary>All settings, in the order in which they are read and shown.</summary>
    public static IReadOnlyList<Setting> All { get; } =
        [.. from section in typeof(SiloSettings).GetProperties() from property in section.PropertyType.GetProperties() select new Setting(section, property)];

    /// <summary>Section and name, "Cluster:SiloPort"; upper and lower case are the same.</summary>
    public string Key => $"{Section}:{_property.Name}";

    /// <summary>The first half of the key.</summary>
    public string Section => _section.Name;

    /// <summary>What it is, for the help text.</summary>
    public string Help => _property.GetCustomAttribute<DescriptionAttribute>()?.Description ?? throw new InvalidOperationException($"{Key} has no description.");

    /// <summary>Takes a value over, where there is one, and looks at what is there then.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="text">The value as it was written, or null where nothing was.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Bind(SiloSettings settings, string? text)
    {
        try
        {
            if (text is not null)
            {
                _property.SetValue(_section.GetValue(settings), text.Length == 0 && Get(settings) is null ? null : Read(text));
            }

            return _property.GetCustomAttributes<ValidationAttribute>().All(a => a.IsValid(Get(settings))) ? null : Complaint(text ?? Get(settings));
        }
        catch (Exception unreadable) when (unreadable is FormatException or OverflowException)
        {
            return Complaint(text);
        }
    }

    /// <summary>The value, as it can be written and without passwords.</summary>
    public string Show(SiloSettings settings) => Get(settings) switch
    {
        null or "" => None,
        bool flag => flag ? "true" : "false",
        int[] numbers => string.Join(',', numbers),
        TimeSpan time => string.Create(Invariant, $"{time.TotalSeconds}s"),
        Enum choice => choice.ToString().ToLowerInvariant(),
        Uri url => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped),
        object value => Masked(value),
    };

    /// <summary>An address of a database is shown only as far as it could be read, whichever setting it was given to.</summary>
    public static string Masked(object? value)
    {
        string text = Convert.ToString(value, Invariant) ?? "";
        try
        {
            return PostgresLedgerAddress.IsAddress(text) ? PostgresLedgerAddress.Parse(text, defaultLedger: "none").Masked : text;
        }
        catch (LedgerStoreException)
        {
            return "***";
        }
    }

    private object? Get(SiloSettings settings) => _property.GetValue(_section.GetValue(settings));

    private object? Read(string text) => !_property.PropertyType.IsEnum ? Readers[_property.PropertyType].Read(text)
        : Choices().Contains(text, StringComparer.OrdinalIgnoreCase) ? Enum.Parse(_property.PropertyType, text, ignoreCase: true)
        : throw new FormatException();

    private string Complaint(object? value)
    {
        string wanted = _property.GetCustomAttributes<ValidationAttribute>().FirstOrDefault()?.FormatErrorMessage(Key)
            ?? (_property.PropertyType.IsEnum ? $"{string.Join(" or ", Choices())} is wanted" : Readers[_property.PropertyType].Wanted);
        return $"{Key} is '{Masked(value)}'; {wanted}.";
    }

    private IEnumerable<string> Choices() => Enum.GetNames(_property.PropertyType).Select(name => name.ToLowerInvariant());

    private static TimeSpan Duration(string text)
    {
        (string unit, double seconds) = Units.FirstOrDefault(u => text.EndsWith(u.Unit, StringComparison.Ordinal), ("", 0));
        double time = double.Parse(text[..^unit.Length], NumberStyles.AllowDecimalPoint, Invariant) * seconds;
        return time is > 0 and < 86400 ? TimeSpan.FromSeconds(time) : throw new FormatException();
    }
}
