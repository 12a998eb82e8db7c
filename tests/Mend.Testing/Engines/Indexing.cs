using Mend.Tensors;

namespace Mend.Testing;

/// <summary>Row-major index arithmetic, element by element.</summary>
public static class Indexing
{
    public static int[] Unravel(long index, Shape shape)
    {
        int[] position = new int[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--)
        {
            position[axis] = (int)(index % shape[axis]);
            index /= shape[axis];
        }

        return position;
    }

    public static long Ravel(ReadOnlySpan<int> position, Shape shape)
    {
        long index = 0;
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            index = (index * shape[axis]) + position[axis];
        }

        return index;
    }

    public static double[] Expand(float[] x, Shape from, Shape to)
    {
        double[] y = new double[to.Length];
        for (long i = 0; i < y.Length; i++)
        {
            y[i] = x[Source(i, from, to)];
        }

        return y;
    }

    public static double[] SumTo(float[] x, Shape from, Shape to)
    {
        double[] y = new double[to.Length];
        for (long i = 0; i < x.Length; i++)
        {
            y[Source(i, to, from)] += x[i];
        }

        return y;
    }

    /// <summary>The element of the small shape that an element of the large one repeats.</summary>
    private static long Source(long index, Shape small, Shape large)
    {
        int[] position = Unravel(index, large)[(large.Rank - small.Rank)..];
        for (int axis = 0; axis < small.Rank; axis++)
        {
            position[axis] = small[axis] == 1 ? 0 : position[axis];
        }

        return Ravel(position, small);
    }
}
