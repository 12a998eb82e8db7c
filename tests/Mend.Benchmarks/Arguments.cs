using System.Globalization;

namespace Mend.Benchmarks;

/// <summary>Options written as --name value.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>Reads the options.</summary>
    /// <exception cref="ArgumentException">Something is no option, or an option has no value.</exception>
    public Arguments(IEnumerable<string> args)
    {
        string? name = null;
        foreach (string arg in args)
        {
            if (name is null)
            {
                name = arg.StartsWith("--", StringComparison.Ordinal) ? arg[2..] : throw new ArgumentException($"'{arg}' is not an option; write --name value.");
            }
            else
            {
                _values[name] = arg;
                name = null;
            }
        }

        if (name is not null)
        {
            throw new ArgumentException($"--{name} has no value; write --{name} value.");
        }
    }

    /// <summary>A string, or its default.</summary>
    public string Text(string name, string fallback) => _values.GetValueOrDefault(name, fallback);

    /// <summary>A number, or its default; exponents are fine (5e9).</summary>
    public double Number(string name, double fallback) =>
        _values.TryGetValue(name, out string? text) ? double.Parse(text, CultureInfo.InvariantCulture) : fallback;
}
