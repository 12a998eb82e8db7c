namespace Mend.Tensors;

/// <summary>Layout.</summary>
internal static partial class OperandChecks
{
    /// <summary>Axes name every axis once.</summary>
    /// <returns>The axes, counted from the front.</returns>
    public static int[] Permute(Shape shape, ReadOnlySpan<int> axes)
    {
        int[] order = axes.ToArray();
        bool[] seen = new bool[shape.Rank];
        bool valid = order.Length == shape.Rank;
        for (int i = 0; i < order.Length && valid; i++)
        {
            order[i] = order[i] < 0 ? order[i] + shape.Rank : order[i];
            valid = order[i] >= 0 && order[i] < shape.Rank && !seen[order[i]];
            if (valid)
            {
                seen[order[i]] = true;
            }
        }

        return valid ? order : throw new ShapeException($"Permute: [{string.Join(", ", axes.ToArray())}] does not name every axis of {shape} once.");
    }

    /// <summary>A range lies inside an axis.</summary>
    /// <returns>The axis, counted from the front.</returns>
    public static int Narrow(Shape shape, int axis, int start, int length)
    {
        axis = Axis(nameof(Narrow), shape, axis);
        int extent = shape[axis];
        return start >= 0 && length >= 0 && start <= extent - length
            ? axis
            : throw new ShapeException($"Narrow: {start}..{start + (long)length} leaves axis {axis} of {shape}; use 0..{extent}.");
    }

    /// <summary>An axis fits into a larger one.</summary>
    /// <returns>The axis, counted from the front.</returns>
    public static int Pad(Shape shape, int axis, int start, int extent)
    {
        axis = Axis(nameof(Pad), shape, axis);
        int length = shape[axis];
        return start >= 0 && extent >= 0 && start <= extent - length
            ? axis
            : throw new ShapeException($"Pad: axis {axis} of {shape} does not fit at {start} into an extent of {extent}; {start + (long)length} is needed.");
    }

    /// <summary>Tensors differ along one axis only.</summary>
    /// <returns>The axis, counted from the front, and the joined shape.</returns>
    public static (int Axis, Shape Joined) Concat(ReadOnlySpan<Tensor> parts, int axis)
    {
        if (parts.IsEmpty)
        {
            throw new ArgumentException("Concat needs at least one tensor.", nameof(parts));
        }

        Shape first = parts[0].Shape;
        axis = Axis(nameof(Concat), first, axis);
        int extent = 0;
        foreach (Tensor part in parts)
        {
            if (part.Shape.Rank != first.Rank || !part.Shape.With(axis, first[axis]).Equals(first))
            {
                throw new ShapeException($"Concat: {part.Shape} does not join {first} along axis {axis}; all other extents must be equal.");
            }

            extent = checked(extent + part.Shape[axis]);
        }

        return (axis, first.With(axis, extent));
    }

    /// <summary>Angles fit heads.</summary>
    public static void Rotary(Tensor x, Tensor cos, Tensor sin)
    {
        if (x.Shape.Rank != 4 || cos.Shape.Rank != 2 || cos.Shape[0] != x.Shape[1] || cos.Shape.Last * 2L > x.Shape.Last || !sin.Shape.Equals(cos.Shape))
        {
            throw new ShapeException($"Rotary: x {x.Shape}, cos {cos.Shape}, sin {sin.Shape}; wanted are [batch, sequence, heads, head size] and twice [sequence, r] with 2r at most the head size.");
        }
    }

    private static int Axis(string operation, Shape shape, int axis)
    {
        int resolved = axis < 0 ? axis + shape.Rank : axis;
        return resolved >= 0 && resolved < shape.Rank
            ? resolved
            : throw new ShapeException($"{operation}: axis {axis} of a tensor {shape} does not exist; use {-shape.Rank}..{shape.Rank - 1}.");
    }
}
