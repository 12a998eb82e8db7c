using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>A matrix with its edits, to be written in place of the base's.</summary>
/// <param name="Base">The matrix as the base has it.</param>
/// <param name="Values">With the edits, row-major.</param>
/// <param name="Type">The element type to write.</param>
internal sealed record FoldedMatrix(StoredTensor Base, float[] Values, DType Type)
{
    /// <summary>Most elements that are converted at a time.</summary>
    private const int ChunkElements = 1 << 20;

    /// <summary>Norm of the edits.</summary>
    public required double EditNorm { get; init; }

    /// <summary>Norm of the matrix without them.</summary>
    public required double BaseNorm { get; init; }

    /// <summary>What is said of it: how much it was changed, and how much of that is lost by rounding.</summary>
    public ExportedTensor Report()
    {
        double lost = 0;
        foreach (float value in Values)
        {
            double rounded = Type switch
            {
                DType.BF16 => HalfFloats.FromBFloat16(HalfFloats.ToBFloat16(value)),
                DType.F16 => HalfFloats.FromFloat16(HalfFloats.ToFloat16(value)),
                _ => value,
            };
            lost += (rounded - value) * (rounded - value);
        }

        return new ExportedTensor(
            Base.Name, Type, BaseNorm == 0 ? (EditNorm == 0 ? 0 : double.PositiveInfinity) : EditNorm / BaseNorm, EditNorm == 0 ? 0 : Math.Sqrt(lost) / EditNorm);
    }

    /// <summary>The tensors that hold the matrices: one each, but one for all that are parts of the same stack.</summary>
    /// <param name="matrices">The matrices, each once.</param>
    public static IReadOnlyList<TensorData> Tensors(IReadOnlyList<FoldedMatrix> matrices) =>
    [
        .. matrices.Where(m => m.Base.Place is null).Select(m => TensorData.FromFloats(m.Base.Name, m.Base.Shape, m.Values, m.Type)),
        .. matrices.Where(m => m.Base.Place is not null).GroupBy(m => m.Base.Place!.Stack.Name).Select(stack => Stack([.. stack])),
    ];

    /// <summary>A stack in which some parts are edited and the others are as they were.</summary>
    private static TensorData Stack(IReadOnlyList<FoldedMatrix> parts)
    {
        StoredTensor stack = parts[0].Base.Place!.Stack;
        DType type = parts[0].Type;
        ILookup<int, FoldedMatrix> edited = parts.ToLookup(p => p.Base.Place!.Matrix);
        return new TensorData(stack.Name, type, stack.Shape, stream =>
        {
            for (int matrix = 0; matrix < stack.Shape[0]; matrix++)
            {
                int row = 0;
                foreach (FoldedMatrix part in edited[matrix].OrderBy(p => p.Base.Place!.FirstRow))
                {
                    WriteRows(stream, stack, type, matrix, row, part.Base.Place!.FirstRow);
                    TensorData.FromFloats(part.Base.Name, part.Base.Shape, part.Values, type).Write(stream);
                    row = part.Base.Place!.FirstRow + part.Base.Shape[0];
                }

                WriteRows(stream, stack, type, matrix, row, stack.Shape[1]);
            }
        });
    }

    private static void WriteRows(Stream stream, StoredTensor stack, DType type, int matrix, int start, int end)
    {
        int chunk = Math.Max(1, ChunkElements / Math.Max(1, stack.Shape[2]));
        for (int row = start; row < end; row += chunk)
        {
            StoredTensor rows = stack.Part(stack.Name, matrix, row, Math.Min(chunk, end - row));
            TensorData data = stack.Type == type ? TensorData.FromStored(rows) : TensorData.FromFloats(rows.Name, rows.Shape, rows.ToFloats(), type);
            data.Write(stream);
        }
    }
}
