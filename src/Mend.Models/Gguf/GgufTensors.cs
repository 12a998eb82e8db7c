using System.Globalization;
using System.Text.RegularExpressions;
using Mend.Tensors;

namespace Mend.Models.Gguf;

/// <summary>Finds the parameters that a tensor of a GGUF file is; see <see cref="GgufArchitecture"/> for how names are written.</summary>
internal static partial class GgufTensors
{
    /// <summary>Above what any model has.</summary>
    private const int MostParts = 100_000;

    /// <summary>The parameters that a tensor is, under Hugging Face's names; bytes are shared, but for vectors in another form.</summary>
    /// <param name="architecture">The model's.</param>
    /// <param name="stored">The tensor under the file's name.</param>
    /// <returns>The parameters, or null when the architecture has no such tensor.</returns>
    /// <exception cref="CheckpointException">It has another rank than its parts need.</exception>
    public static IEnumerable<StoredTensor>? Of(GgufArchitecture architecture, StoredTensor stored) =>
        NameOf(architecture, stored.Name) is not { } name ? null
        : name.Length == 0 ? []
        : name.Contains('*', StringComparison.Ordinal) ? Parts(name.Split('|'), stored)
        : [Whole(architecture, name, stored)];

    /// <summary>The name of the parameters that a tensor is, with * and | where it is several, or null when the architecture has no such tensor.</summary>
    /// <param name="architecture">The model's.</param>
    /// <param name="name">The file's name.</param>
    public static string? NameOf(GgufArchitecture architecture, string name)
    {
        if (BlockName().Match(name) is not { Success: true } match)
        {
            return Find(architecture.Tensors, name);
        }

        string block = $"{architecture.Blocks}.{match.Groups["block"].Value}.";
        return Find(architecture.BlockTensors, match.Groups["part"].Value) is not { } part ? null
            : part.Length == 0 ? part
            : string.Join('|', part.Split('|').Select(p => block + p));
    }

    /// <summary>The number of the block that a tensor is of, or null for one outside the blocks.</summary>
    /// <param name="name">The file's name.</param>
    public static string? BlockOf(string name) => BlockName().Match(name) is { Success: true } match ? match.Groups["block"].Value : null;

    private static string? Find(IReadOnlyDictionary<string, string> names, string name)
    {
        if (names.TryGetValue(name, out string? whole))
        {
            return whole;
        }

        int dot = name.LastIndexOf('.');
        (string stem, string suffix) = dot < 0 ? (name, "") : (name[..dot], name[dot..]);
        if (suffix is not (".weight" or ".bias"))
        {
            return null;
        }

        if (names.TryGetValue(stem, out string? found))
        {
            return found.Length == 0 ? found : string.Join('|', found.Split('|').Select(n => n + suffix));
        }

        int number = stem.LastIndexOf('.') + 1;
        return number > 0 && stem[number..].All(char.IsAsciiDigit) && names.TryGetValue($"{stem[..number]}*", out string? numbered)
            ? numbered.Replace("*", stem[number..], StringComparison.Ordinal) + suffix
            : null;
    }

    private static StoredTensor Whole(GgufArchitecture architecture, string name, StoredTensor stored)
    {
        if (architecture.GainsPlusOne && stored.Shape.Rank == 1 && stored.Name.EndsWith("norm.weight", StringComparison.Ordinal))
        {
            return StoredTensor.FromFloats(name, stored.Shape, Array.ConvertAll(stored.ToFloats(), gain => gain - 1), stored.File);
        }

        return stored.Shape.Rank == 1 && architecture.RowVector is { } row && name.EndsWith(row, StringComparison.Ordinal)
            ? new StoredTensor(name, stored.Type, [1, stored.Shape.Last], stored.File, stored.Address, stored.Owner)
            : stored.Renamed(name);
    }

    /// <summary>The matrices of a stack, whole or each in two; or the rows of a table.</summary>
    private static IEnumerable<StoredTensor> Parts(string[] names, StoredTensor stored)
    {
        static string Numbered(string name, int number) => name.Replace("*", number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        bool stack = names[0].Contains(".experts.", StringComparison.Ordinal);
        int parts = stored.Shape.Rank == 1 ? 1 : stored.Shape[0];
        if ((stack ? stored.Shape.Rank != 3 || stored.Shape[1] % names.Length != 0 : stored.Shape.Rank > 2) || parts > MostParts)
        {
            throw new CheckpointException(
                $"Tensor '{stored.Name}' in '{stored.File}' has shape {stored.Shape}; {(stack ? "a stack of matrices [experts, outputs, inputs]" : "a table [heads, size]")} is wanted. " +
                "The file is damaged or made by a converter that is not known: convert the model again.");
        }

        if (stack)
        {
            int rows = stored.Shape[1] / names.Length;
            return names.SelectMany((name, half) => Enumerable.Range(0, parts).Select(i => stored.Part(Numbered(name, i), i, half * rows, rows)));
        }

        float[] table = stored.ToFloats();
        int size = stored.Shape.Last;
        return Enumerable.Range(0, parts).Select(i => StoredTensor.FromFloats(Numbered(names[0], i), [size], table.AsSpan(i * size, size), stored.File));
    }

    [GeneratedRegex(@"^blk\.(?<block>[0-9]+)\.(?<part>.+)$")]
    private static partial Regex BlockName();
}
