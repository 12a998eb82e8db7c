namespace Mend.Tensors;

/// <summary>How a linear layer's matrix lies in the checkpoint.</summary>
public enum WeightLayout
{
    /// <summary>[out, in], as torch's Linear stores it.</summary>
    OutIn,

    /// <summary>[in, out], as GPT-2's Conv1D stores it.</summary>
    InOut,
}

/// <summary>
/// A frozen matrix of a checkpoint, kept in its own element type: mapped read-only from the file on the CPU, copied
/// once onto a device. Kernels convert it on the fly. Immutable; safe to share between threads.
/// </summary>
public abstract class Weight : IDisposable
{
    /// <summary>Creates the handle.</summary>
    /// <param name="name">The parameter's full name in the checkpoint.</param>
    /// <param name="stored">The shape as stored, two axes.</param>
    /// <param name="layout">Which axis is which.</param>
    /// <param name="type">The element type it is kept in.</param>
    /// <exception cref="ShapeException">The stored shape does not have two axes.</exception>
    protected Weight(string name, Shape stored, WeightLayout layout, DType type)
    {
        if (stored.Rank != 2)
        {
            throw new ShapeException($"Weight '{name}' has shape {stored}; a matrix [rows, columns] is wanted.");
        }

        Name = name;
        Stored = stored;
        Layout = layout;
        Type = type;
    }

    /// <summary>The parameter's full name in the checkpoint.</summary>
    public string Name { get; }

    /// <summary>The shape as stored.</summary>
    public Shape Stored { get; }

    /// <summary>Which stored axis is the input and which the output.</summary>
    public WeightLayout Layout { get; }

    /// <summary>The element type it is kept in.</summary>
    public DType Type { get; }

    /// <summary>Number of inputs of the linear layer.</summary>
    public int In => Layout == WeightLayout.InOut ? Stored[0] : Stored[1];

    /// <summary>Number of outputs of the linear layer.</summary>
    public int Out => Layout == WeightLayout.InOut ? Stored[1] : Stored[0];

    /// <summary>Bytes of storage.</summary>
    public long ByteLength => Type.BytesOf(Stored.Length);

    /// <summary>Gives the storage back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the storage back.</summary>
    /// <param name="disposing">True when called from <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}

/// <summary>
/// A low-rank addend of a linear layer: ΔW = <paramref name="Step"/> · Σ_r Δ̃_r Ũ_rᵀ.
/// </summary>
/// <param name="U">Ũ, shape [rank, in].</param>
/// <param name="Delta">Δ̃, shape [rank, out].</param>
/// <param name="Step">The learned step α.</param>
public readonly record struct LowRankTerm(Tensor U, Tensor Delta, float Step);
