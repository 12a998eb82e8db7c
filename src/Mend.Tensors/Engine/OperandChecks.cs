using Mend.Tensors.Cpu.Broadcasting;

namespace Mend.Tensors;

/// <summary>
/// What every engine asks of the operands of <see cref="IEngine"/>'s operations before it computes anything: one place, so
/// that the same mistake has the same message everywhere, and a native library never sees shapes that do not fit.
/// </summary>
internal static partial class OperandChecks
{
    /// <summary>Two operands have the same shape.</summary>
    public static void Same(string operation, Tensor a, Tensor b)
    {
        if (!a.Shape.Equals(b.Shape))
        {
            throw new ShapeException($"{operation}: shapes {a.Shape} and {b.Shape} differ; they must be equal.");
        }
    }

    /// <summary>An operand is as long as a row.</summary>
    public static void Vector(string operation, string name, Tensor x, int length)
    {
        if (x.Shape.Length != length || x.Shape.Last != length)
        {
            throw new ShapeException($"{operation}: {name} has shape {x.Shape}; [{length}] is wanted, as long as a row.");
        }
    }

    /// <summary>A shape broadcasts to exactly another.</summary>
    public static void Reach(string operation, Shape from, Shape to)
    {
        if (!BroadcastPlan.Reaches(from, to))
        {
            throw new ShapeException($"{operation}: {from} does not broadcast to {to}; each of its extents must be 1 or equal, counted from the last axis.");
        }
    }

    /// <summary>The saved statistics of a norm are those of its rows.</summary>
    public static void Statistics(string operation, Tensor statistics, long length)
    {
        if (statistics.Shape.Length != length)
        {
            throw new ShapeException($"{operation}: the statistics have shape {statistics.Shape}, {statistics.Shape.Length} elements; {length} are wanted. Pass what the forward operation returned.");
        }
    }

    /// <summary>All four tensors of an optimiser step have the same shape, and steps count from 1.</summary>
    public static void AdamStep(Tensor parameter, Tensor firstMoment, Tensor secondMoment, Tensor gradient, in AdamSettings settings)
    {
        Same(nameof(AdamStep), parameter, firstMoment);
        Same(nameof(AdamStep), parameter, secondMoment);
        Same(nameof(AdamStep), parameter, gradient);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Step, 1, nameof(settings));
    }

    /// <summary>Rows of a tensor seen as a matrix, as an index.</summary>
    public static int RowCount(Shape shape) => checked((int)shape.Rows);

    /// <summary>The exception for a tensor of another engine.</summary>
    public static ArgumentException Foreign(Tensor x, string engine, string name) =>
        new($"The tensor {x.Shape} lives on another engine than this one ('{engine}'). Copy it with ToHost there and FromHost here.", name);

    /// <summary>The exception for a weight of another engine.</summary>
    public static ArgumentException Foreign(Weight w, string engine, string name) =>
        new($"Weight '{w.Name}' was loaded on another engine than this one ('{engine}'). Load it here with LoadWeight.", name);

    /// <summary>The exception for a handle that was given back.</summary>
    public static ObjectDisposedException Disposed(Shape shape) =>
        new(nameof(Tensor), $"A tensor {shape} was used after it was disposed. Keep it until its last use, or take a second handle with IEngine.Share.");
}
