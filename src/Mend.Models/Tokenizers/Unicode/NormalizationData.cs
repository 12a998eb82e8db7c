using System.Globalization;

namespace Mend.Models.Tokenizers.Unicode;

/// <summary>
/// Decompositions, compositions and combining classes of Unicode. .NET takes them from ICU and normalises nothing when
/// InvariantGlobalization is on, as it is here; a table of our own also gives the same ids on every machine. Read from
/// the embedded Normalization.txt at first use; immutable.
/// </summary>
internal sealed class NormalizationData
{
    /// <summary>The first code point with a class other than 0.</summary>
    private const int FirstMark = 0x300;

    private static readonly Lazy<NormalizationData> Table = new(() => new NormalizationData());

    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<int, int[]> _canonical = [];
    private readonly Dictionary<int, int[]> _compatible = [];
    private readonly Dictionary<long, int> _compositions = [];

    private NormalizationData()
    {
        var excluded = Read();
        foreach (var (codePoint, mapping) in _canonical)
        {
            // Singletons, and what starts with or is a combining mark, never compose (UAX 15, section 5).
            if (mapping.Length == 2 && !excluded.Contains(codePoint) && CombiningClass(codePoint) == 0 && CombiningClass(mapping[0]) == 0)
            {
                _compositions[Key(mapping[0], mapping[1])] = codePoint;
            }
        }
    }

    /// <summary>The table; one for the process.</summary>
    public static NormalizationData Instance => Table.Value;

    /// <summary>Canonical combining class: 0 for a starter.</summary>
    public byte CombiningClass(int codePoint) => codePoint < FirstMark ? (byte)0 : _classes.GetValueOrDefault(codePoint);

    /// <summary>One step of decomposition; null when there is none.</summary>
    /// <param name="codePoint">The code point; no Hangul syllable.</param>
    /// <param name="compatible">Whether compatibility mappings count.</param>
    public int[]? Decomposition(int codePoint, bool compatible) =>
        _canonical.TryGetValue(codePoint, out var mapping) || (compatible && _compatible.TryGetValue(codePoint, out mapping))
            ? mapping
            : null;

    /// <summary>What two code points compose to.</summary>
    public bool TryCompose(int first, int second, out int composed) => _compositions.TryGetValue(Key(first, second), out composed);

    private static long Key(int first, int second) => ((long)first << 32) | (uint)second;

    private HashSet<int> Read()
    {
        const string Name = "Mend.Models.Tokenizers.Unicode.Normalization.txt";
        using var stream = typeof(NormalizationData).Assembly.GetManifestResourceStream(Name)
            ?? throw new InvalidOperationException($"The resource '{Name}' is missing from Mend.Models.dll; build it again.");
        using var reader = new StreamReader(stream);
        var excluded = new HashSet<int>();
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#'))
            {
                Add(line.Split(' '), excluded);
            }
        }

        return excluded;
    }

    private void Add(string[] fields, HashSet<int> excluded)
    {
        var codePoint = Hex(fields[0]);
        if (fields[1] != "0")
        {
            _classes[codePoint] = byte.Parse(fields[1], CultureInfo.InvariantCulture);
        }

        if (fields.Length > 2)
        {
            (fields[2] == "~" ? _compatible : _canonical)[codePoint] = [.. fields.Skip(3).Select(Hex)];
            if (fields[2] == "!")
            {
                excluded.Add(codePoint);
            }
        }
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
