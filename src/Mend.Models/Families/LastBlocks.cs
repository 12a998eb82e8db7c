using System.Globalization;

namespace Mend.Models.Families;

/// <summary>Names the layers that are edited by default: matrices of the last blocks.</summary>
internal static class LastBlocks
{
    /// <summary>Fills block numbers into patterns, block by block, upwards.</summary>
    /// <param name="layers">Number of blocks of the model (or of its encoder or decoder).</param>
    /// <param name="count">How many of them, counted from the last.</param>
    /// <param name="patterns">Names of a block's matrices in their order, {0} for the block's number.</param>
    public static IReadOnlyList<string> Of(int layers, int count, params string[] patterns)
    {
        return Of(layers, count, i => patterns.Select(p => string.Format(CultureInfo.InvariantCulture, p, i)));
    }

    /// <summary>Names matrices block by block, upwards, where the blocks differ.</summary>
    /// <param name="layers">Number of blocks of the model.</param>
    /// <param name="count">How many of them, counted from the last.</param>
    /// <param name="matrices">Names of a block's matrices.</param>
    public static IReadOnlyList<string> Of(int layers, int count, Func<int, IEnumerable<string>> matrices)
    {
        int first = Math.Max(0, layers - count);
        return [.. Enumerable.Range(first, layers - first).SelectMany(matrices)];
    }
}
