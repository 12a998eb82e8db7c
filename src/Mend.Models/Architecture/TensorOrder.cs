using Mend.Tensors;

namespace Mend.Models;

/// <summary>
/// How the elements of a stored tensor lie against the order that the family's Hugging Face checkpoints have: as they are, with the
/// axes of a matrix exchanged, with the rows of each head interleaved (see <see cref="StorageConventions.NeighbouringPairs"/>), or with all
/// queries before all keys (see <see cref="StorageConventions.KindsApart"/>). <c>default</c> is as they are.
/// </summary>
/// <param name="Transposed">Whether the axes are exchanged.</param>
/// <param name="PairedHead">Rows of a head whose two halves are interleaved, row by row; 0 when none are.</param>
/// <param name="Apart">The heads of a matrix in which the three kinds stand apart; <c>default</c> where they do not.</param>
public readonly record struct TensorOrder(bool Transposed, int PairedHead, FusedHeads Apart = default)
{
    /// <summary>Elements that are converted at a time.</summary>
    private const int Chunk = 1 << 20;

    /// <summary>The shape in Hugging Face's order.</summary>
    /// <param name="stored">The shape as stored.</param>
    public Shape Of(Shape stored) => Transposed ? [stored[1], stored[0]] : stored;

    /// <summary>Hands all elements, as float32 in Hugging Face's order, to a callback, run by run.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="take">Takes the next elements, which are overwritten afterwards.</param>
    /// <exception cref="CheckpointException">The tensor holds no floating-point numbers.</exception>
    public void Read(StoredTensor tensor, Action<ReadOnlySpan<float>> take)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(take);
        (int width, long rows) = tensor.Shape.Rank == 1 ? (1, tensor.Shape.Length) : (tensor.Shape.Last, tensor.Shape.Rows);
        if (Transposed)
        {
            float[] stored = tensor.ToFloats();
            float[] column = new float[rows];
            for (int c = 0; c < width; c++)
            {
                for (int r = 0; r < column.Length; r++)
                {
                    column[r] = stored[((long)r * width) + c];
                }

                take(column);
            }

            return;
        }

        if (PairedHead > 0)
        {
            float[] head = new float[(long)PairedHead * width], ordered = new float[head.Length];
            for (long row = 0; row < rows; row += PairedHead)
            {
                tensor.ToFloats(row * width, head);
                for (int i = 0; i < PairedHead; i++)
                {
                    (int half, int pair) = Math.DivRem(i, PairedHead / 2);
                    head.AsSpan(((2 * pair) + half) * width, width).CopyTo(ordered.AsSpan(i * width));
                }

                take(ordered);
            }

            return;
        }

        if (Apart.Size > 0)
        {
            float[] head = new float[(long)Apart.Size * width];
            foreach (int from in Apart.ByKeyHead())
            {
                tensor.ToFloats((long)from * Apart.Size * width, head);
                take(head);
            }

            return;
        }

        float[] chunk = new float[Math.Min(tensor.Shape.Length, Chunk)];
        for (long at = 0; at < tensor.Shape.Length; at += chunk.Length)
        {
            Span<float> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, tensor.Shape.Length - at));
            tensor.ToFloats(at, part);
            take(part);
        }
    }

    /// <summary>All elements as float32 in Hugging Face's order.</summary>
    /// <param name="tensor">The tensor.</param>
    public float[] ToFloats(StoredTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        float[] values = new float[tensor.Shape.Length];
        int at = 0;
        Read(tensor, run =>
        {
            run.CopyTo(values.AsSpan(at));
            at += run.Length;
        });
        return values;
    }
}

/// <summary>The heads of a matrix that queries, keys and values come from.</summary>
/// <param name="Heads">Number of query heads.</param>
/// <param name="KeyHeads">Number of key heads.</param>
/// <param name="Size">Rows of a head; 0 for a matrix that is none such.</param>
public readonly record struct FusedHeads(int Heads, int KeyHeads, int Size)
{
    /// <summary>Which of the heads, counted with all queries first, then all keys, then all values, stand where they are laid out by key head.</summary>
    public IEnumerable<int> ByKeyHead()
    {
        int perKey = Heads / KeyHeads;
        for (int key = 0; key < KeyHeads; key++)
        {
            for (int query = 0; query < perKey; query++)
            {
                yield return (key * perKey) + query;
            }

            yield return Heads + key;
            yield return Heads + KeyHeads + key;
        }
    }
}
