using System.Linq.Expressions;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Mend.Silo;

/// <summary>One value that a silo can be told.</summary>
internal sealed partial class Setting
{
    private readonly Func<SiloSettings, object?> _get;
    private readonly Action<SiloSettings, string> _set;

    private Setting(string key, string help, Func<SiloSettings, object?> get, Action<SiloSettings, string> set)
    {
        Key = key;
        Help = help;
        _get = get;
        _set = set;
    }

    /// <summary>Section and name, "Cluster:SiloPort"; upper and lower case are the same.</summary>
    public string Key { get; }

    /// <summary>What it is, for the help text.</summary>
    public string Help { get; }

    /// <summary>A setting that is a property of the settings; its path is the key.</summary>
    /// <typeparam name="T">The property's type.</typeparam>
    /// <param name="property">Section and property.</param>
    /// <param name="parse">Reads the text; throws <see cref="FormatException"/> with what is wanted as its message.</param>
    /// <param name="help">What it is.</param>
    public static Setting Of<T>(Expression<Func<SiloSettings, T>> property, Func<string, SiloSettings, T> parse, string help)
    {
        MemberExpression member = (MemberExpression)property.Body;
        MemberExpression section = (MemberExpression)member.Expression!;
        Func<SiloSettings, T> get = property.Compile();
        return new Setting(
            $"{section.Member.Name}:{member.Member.Name}",
            help,
            s => get(s),
            (s, text) => ((PropertyInfo)member.Member).SetValue(((PropertyInfo)section.Member).GetValue(s), parse(text, s)));
    }

    /// <summary>Takes a value over.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Set(SiloSettings settings, string text)
    {
        try
        {
            _set(settings, text);
            return null;
        }
        catch (FormatException wanted)
        {
            return $"{Key} is '{Masked(text)}'; {wanted.Message}.";
        }
    }

    /// <summary>The value, as it can be written and without passwords.</summary>
    public string Show(SiloSettings settings) => _get(settings) switch
    {
        null => "none",
        bool flag => flag ? "true" : "false",
        int[] numbers => string.Join(',', numbers),
        TimeSpan time => FormattableString.Invariant($"{time.TotalSeconds}s"),
        Enum choice => choice.ToString().ToLowerInvariant(),
        IFormattable value => value.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        object value when value.ToString() is { Length: > 0 } text => Masked(text),
        _ => "none",
    };

    private static string Masked(string text) => Password().Replace(text, "***");

    [GeneratedRegex(@"(?<=(password|pwd)\s*=\s*)[^;&]+|(?<=://[^:/@]*:)[^@/]*(?=@)", RegexOptions.IgnoreCase)]
    private static partial Regex Password();
}
