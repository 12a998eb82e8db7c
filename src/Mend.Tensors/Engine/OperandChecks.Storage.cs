namespace Mend.Tensors;

/// <summary>Storage.</summary>
internal static partial class OperandChecks
{
    /// <summary>Host data has the shape's length.</summary>
    public static void FromHost(int length, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (length != shape.Length)
        {
            throw new ShapeException($"FromHost: {length} elements were given for shape {shape}; it holds {shape.Length}.");
        }
    }

    /// <summary>A tensor fits into a destination.</summary>
    public static void ToHost(Tensor x, int length)
    {
        if (length < x.Shape.Length)
        {
            throw new ShapeException($"ToHost: the destination holds {length} elements; the tensor {x.Shape} has {x.Shape.Length}.");
        }
    }

    /// <summary>A destination holds whole rows that the weight has.</summary>
    /// <returns>How many.</returns>
    public static int ToHost(Weight w, int firstRow, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        int columns = w.Stored[1];
        if (columns == 0 || length % columns != 0)
        {
            throw new ShapeException($"ToHost: the destination holds {length} elements; weight '{w.Name}' {w.Stored} is read in whole rows of {columns}.");
        }

        int rows = length / columns;
        if (firstRow + (long)rows > w.Stored[0])
        {
            throw new ShapeException($"ToHost: rows {firstRow}..{firstRow + (long)rows} were asked for; weight '{w.Name}' has rows 0..{w.Stored[0]}.");
        }

        return rows;
    }

    /// <summary>A stored tensor can be a weight.</summary>
    public static void LoadWeight(StoredTensor source)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!source.Type.IsWeightType())
        {
            throw new CheckpointException($"Tensor '{source.Name}' in '{source.File}' has element type {source.Type}; weights are F32, BF16, F16 or one of GGUF's Q types. Convert the checkpoint.");
        }

        if (source.Shape.Last % source.Type.BlockLength() != 0)
        {
            throw new CheckpointException($"Tensor '{source.Name}' in '{source.File}' has rows of {source.Shape.Last} elements; {source.Type} wants a multiple of {source.Type.BlockLength()}. The file is damaged: download it again.");
        }
    }

    /// <summary>A new shape has the same length.</summary>
    public static void Reshape(Tensor x, Shape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        if (shape.Length != x.Shape.Length)
        {
            throw new ShapeException($"Reshape: {x.Shape} has {x.Shape.Length} elements and {shape} has {shape.Length}; they must be equal.");
        }
    }
}
