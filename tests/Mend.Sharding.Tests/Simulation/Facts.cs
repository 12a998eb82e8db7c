using System.Globalization;
using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>Edits whose factors say of which request, version and layer they are: they stand in for what would be computed.</summary>
internal static class Facts
{
    public static EditRequest Request(int number, string? key) => new($"p{number}", $"t{number}", key);

    public static int NumberOf(string prompt) => int.Parse(prompt.AsSpan(1), CultureInfo.InvariantCulture);

    public static string Layer(int shard, int layer) => $"{shard}.{layer}";

    /// <summary>The strength that the drafter finds for a request.</summary>
    public static float Strength(int number) => number % 2 == 0 ? 1 : 0.5f;

    /// <summary>A layer's factors before their strength is known.</summary>
    public static EditFactors Factors(int number, long readVersion, string layer) => new(layer, 1, 2, 1, [number, readVersion], [Code(layer)], 1);

    /// <summary>What a pass brings back of factors.</summary>
    public static IEnumerable<float> Marks(EditFactors f) => [Code(f.Layer), .. f.Delta, .. f.U, f.Step];

    /// <summary>What it must bring back of an edit.</summary>
    public static IEnumerable<float> Marks(CommittedEdit edit, ModelVersion committedAt, string layer)
    {
        int number = NumberOf(edit.Prompt);
        return Marks(Factors(number, committedAt.Number - 1, layer).Times(Strength(number)));
    }

    private static float Code(string layer) => float.Parse(layer, CultureInfo.InvariantCulture);
}
