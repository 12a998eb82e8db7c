using Mend.Tensors;

namespace Mend.Testing;

public abstract class LayoutTests<TEngines> : EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    [Theory]
    [MemberData(nameof(Names))]
    public void Permute_ManyOrders_EqualsReference(string name)
    {
        using IEngine engine = TEngines.Create(name);
        (int[] Shape, int[] Axes)[] cases =
        [
            ([2, 5, 3, 8], [0, 2, 1, 3]), ([2, 5, 3, 8], [0, 2, 3, 1]), ([40, 50], [1, 0]), ([3, 33, 47], [0, 2, 1]), ([3, 4, 5], [2, 1, 0]),
            ([3, 4, 5], [0, 1, 2]), ([4, 1, 6], [1, 2, 0]), ([2, 3, 4, 5], [3, 2, 1, 0]), ([2, 3, 4, 5], [1, 0, 3, 2]), ([1, 1], [1, 0]), ([0, 3], [1, 0]),
            ([6, 17, 2, 16], [2, 0, 3, 1]), ([2, 3, 4, 5], [0, -2, -1, 1]),
        ];
        foreach ((int[] extents, int[] axes) in cases)
        {
            Shape shape = new(extents);
            float[] values = Values.Random(shape.Length);
            using Tensor x = engine.FromHost(values, shape);
            using Tensor y = engine.Permute(x, axes);
            double[] expected = new double[values.Length];
            for (int i = 0; i < expected.Length; i++)
            {
                int[] to = Indexing.Unravel(i, y.Shape);
                int[] from = new int[to.Length];
                for (int axis = 0; axis < to.Length; axis++)
                {
                    from[(axes[axis] + shape.Rank) % shape.Rank] = to[axis];
                }

                expected[i] = values[Indexing.Ravel(from, shape)];
            }

            Values.AssertClose(expected, engine.Host(y), 0, 0, $"{shape} by [{string.Join(", ", axes)}]");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void NarrowPadConcat_AnyAxis_TakeApartAndJoin(string name)
    {
        foreach (int axis in (int[])[0, 1, 2, -1])
        {
            TakeApartAndJoin(name, axis);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Rotary_BothPairings_EqualReferenceAndTurnBack(string name)
    {
        using IEngine engine = TEngines.Create(name);
        foreach ((bool interleaved, int r, int size) in (ReadOnlySpan<(bool, int, int)>)[(false, 16, 32), (true, 8, 16), (false, 5, 13), (true, 3, 9)])
        {
            Shape shape = [2, 3, 4, size];
            float[] values = Values.Random(shape.Length);
            float[] angles = Values.Random(3 * r, 5);
            using Tensor x = engine.FromHost(values, shape);
            using Tensor cos = engine.FromHost([.. angles.Select(MathF.Cos)], [3, r]);
            using Tensor sin = engine.FromHost([.. angles.Select(MathF.Sin)], [3, r]);
            double[] expected = [.. values.Select(v => (double)v)];
            for (int head = 0; head < 24; head++)
            {
                for (int j = 0; j < r; j++)
                {
                    double angle = angles[(head / 4 % 3 * r) + j];
                    int a = (head * size) + (interleaved ? 2 * j : j);
                    int b = (head * size) + (interleaved ? (2 * j) + 1 : j + r);
                    expected[a] = (values[a] * Math.Cos(angle)) - (values[b] * Math.Sin(angle));
                    expected[b] = (values[b] * Math.Cos(angle)) + (values[a] * Math.Sin(angle));
                }
            }

            using Tensor y = engine.Rotary(x, cos, sin, interleaved);
            Values.AssertClose(expected, engine.Host(y), 1e-6, 1e-6);
            Values.AssertClose(values, engine.Take(engine.Rotary(y, cos, sin, interleaved, inverse: true)), 1e-6, 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void LayoutOperations_WrongArguments_Throw(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using Tensor x = engine.Zeros([2, 3]);
        using Tensor y = engine.Zeros([3, 3]);
        Assert.Throws<ShapeException>(() => engine.Permute(x, [0, 0]));
        Assert.Throws<ShapeException>(() => engine.Permute(x, [0]));
        Assert.Throws<ShapeException>(() => engine.Permute(x, [0, 2]));
        Assert.Throws<ShapeException>(() => engine.Narrow(x, 1, 2, 2));
        Assert.Throws<ShapeException>(() => engine.Narrow(x, 2, 0, 1));
        Assert.Throws<ShapeException>(() => engine.Pad(x, 1, 2, 4));
        Assert.Throws<ShapeException>(() => engine.Concat([x, y], 1));
        Assert.Throws<ArgumentException>(() => engine.Concat([], 0));
        Assert.Throws<ShapeException>(() => engine.Reshape(x, [5]));
        Assert.Throws<ShapeException>(() => engine.Rotary(x, y, y, false));
    }

    private static void TakeApartAndJoin(string name, int axis)
    {
        using IEngine engine = TEngines.Create(name);
        Shape shape = [6, 7, 8];
        using Tensor x = engine.FromHost(Values.Random(shape.Length), shape);
        int extent = shape[(axis + 3) % 3];
        using Tensor first = engine.Narrow(x, axis, 0, 2);
        using Tensor empty = engine.Narrow(x, axis, 2, 0);
        using Tensor rest = engine.Narrow(x, axis, 2, extent - 2);
        using Tensor joined = engine.Concat([first, empty, rest], axis);
        using Tensor padded = engine.Pad(first, axis, 0, extent);
        using Tensor paddedRest = engine.Pad(rest, axis, 2, extent);
        using Tensor sum = engine.Add(padded, paddedRest);
        Assert.Equal(shape, joined.Shape);
        Assert.Equal(engine.Host(x), engine.Host(joined));
        Assert.Equal(engine.Host(x), engine.Host(sum));
    }
}
