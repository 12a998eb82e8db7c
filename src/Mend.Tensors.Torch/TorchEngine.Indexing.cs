using Mend.Tensors.Torch.Memory;
using TorchSharp;

namespace Mend.Tensors.Torch;

/// <summary>Rows and columns by index: see <see cref="IEngine"/>.</summary>
public sealed partial class TorchEngine
{
    /// <inheritdoc/>
    public Tensor Embed(Weight table, ReadOnlySpan<int> ids)
    {
        TorchWeight own = Own(table, nameof(table));
        OperandChecks.Embed(table, ids);
        long[] rows = Wide(ids);
        return New(nameof(Embed), [ids.Length, table.Stored[1]], () => own.Data.index_select(0, Index(rows)).to_type(torch.float32));
    }

    /// <inheritdoc/>
    public Tensor GatherRows(Tensor x, ReadOnlySpan<int> rows)
    {
        TorchTensor own = Own(x, nameof(x));
        OperandChecks.GatherRows(x, rows);
        long[] chosen = Wide(rows);
        return New(nameof(GatherRows), [rows.Length, x.Shape.Last], () => Matrix(own).index_select(0, Index(chosen)));
    }

    /// <inheritdoc/>
    public Tensor ScatterRows(Tensor x, ReadOnlySpan<int> rows, int count)
    {
        TorchTensor own = Own(x, nameof(x));
        OperandChecks.ScatterRows(x, rows, count);
        int[] places = rows.ToArray();
        return New(nameof(ScatterRows), [count, x.Shape.Last], () =>
        {
            torch.Tensor y = torch.zeros([count, x.Shape.Last], torch.float32, _device);
            torch.Tensor matrix = Matrix(own);
            foreach (int[] round in Rounds(places))
            {
                torch.Tensor added = round.Length == places.Length ? matrix : matrix.index_select(0, Index(Wide(round)));
                using Scalar one = 1f;
                y.index_add_(0, Index(Array.ConvertAll(round, i => (long)places[i])), added, one);
            }

            return y;
        });
    }

    /// <inheritdoc/>
    public Tensor Pick(Tensor x, ReadOnlySpan<int> columns)
    {
        TorchTensor own = Own(x, nameof(x));
        OperandChecks.Pick(x, columns);
        long[] chosen = Wide(columns);
        return New(nameof(Pick), [columns.Length], () => Matrix(own).gather(1, Index(chosen).view(chosen.Length, 1)));
    }

    /// <inheritdoc/>
    public Tensor PickGradient(Tensor x, ReadOnlySpan<int> columns, int width)
    {
        TorchTensor own = Own(x, nameof(x));
        OperandChecks.PickGradient(x, columns, width);
        long[] chosen = Wide(columns);
        return New(nameof(PickGradient), [columns.Length, width], () =>
            torch.zeros([chosen.Length, width], torch.float32, _device).scatter_(1, Index(chosen).view(chosen.Length, 1), own.Data.view(chosen.Length, 1)));
    }

    /// <summary>
    /// Row numbers in rounds within which no two go to the same place: a device adds the rows of one call in any order, so
    /// rows for one place are added by one call after the other.
    /// </summary>
    private static List<int[]> Rounds(int[] places)
    {
        Dictionary<int, int> seen = [];
        List<List<int>> rounds = [];
        for (int i = 0; i < places.Length; i++)
        {
            int round = seen.GetValueOrDefault(places[i]);
            seen[places[i]] = round + 1;
            if (round == rounds.Count)
            {
                rounds.Add([]);
            }

            rounds[round].Add(i);
        }

        return [.. rounds.Select(round => round.ToArray())];
    }

    private static long[] Wide(ReadOnlySpan<int> indices)
    {
        long[] wide = new long[indices.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] = indices[i];
        }

        return wide;
    }

    private torch.Tensor Index(long[] indices) => HostCopy.Upload<long>(indices, [indices.Length], torch.int64, _device);
}
