using System.Runtime.CompilerServices;

namespace Mend.Tensors;

/// <summary>
/// The extents of a tensor, outermost first (row-major). Immutable; compares by value; safe to share between threads.
/// A scalar is written as [1].
/// </summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public sealed class Shape : IEquatable<Shape>
{
    private readonly int[] _extents;

    /// <summary>Creates a shape.</summary>
    /// <param name="extents">One extent per axis, each at least 0; at least one axis.</param>
    /// <exception cref="ArgumentException">No axis was given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An extent is negative.</exception>
    /// <exception cref="OverflowException">The number of elements exceeds a 64-bit integer.</exception>
    public Shape(params ReadOnlySpan<int> extents)
    {
        if (extents.IsEmpty)
        {
            throw new ArgumentException("A shape has at least one axis; write a scalar as [1].", nameof(extents));
        }

        long length = 1;
        foreach (int extent in extents)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(extent, nameof(extents));
            length = checked(length * extent);
        }

        _extents = extents.ToArray();
        Length = length;
    }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    /// <summary>Number of axes, at least 1.</summary>
    public int Rank => _extents.Length;

    /// <summary>The innermost extent.</summary>
    public int Last => _extents[^1];

    /// <summary>Product of all extents but the innermost: the number of rows when the tensor is seen as a matrix.</summary>
    public long Rows => Last == 0 ? 0 : Length / Last;

    /// <summary>The extents as a span, outermost first.</summary>
    public ReadOnlySpan<int> Extents => _extents;

    /// <summary>The extent of one axis; negative axes and <see cref="Index"/> count from the end.</summary>
    /// <param name="axis">The axis.</param>
    public int this[Index axis] => _extents[axis];

    /// <summary>Creates a shape from a collection expression.</summary>
    /// <param name="extents">See the constructor.</param>
    public static Shape Create(ReadOnlySpan<int> extents) => new(extents);

    /// <summary>The same shape with one extent replaced.</summary>
    /// <param name="axis">The axis to replace.</param>
    /// <param name="extent">The new extent.</param>
    public Shape With(Index axis, int extent)
    {
        int[] copy = (int[])_extents.Clone();
        copy[axis] = extent;
        return new Shape(copy);
    }

    /// <summary>Enumerates the extents, for collection expressions.</summary>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_extents).GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && _extents.AsSpan().SequenceEqual(other._extents);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int extent in _extents)
        {
            hash.Add(extent);
        }

        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", _extents)}]";
}
