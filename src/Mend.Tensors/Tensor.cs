namespace Mend.Tensors;

/// <summary>
/// A dense row-major float32 tensor that lives on one engine. A tensor is a handle: several may share storage
/// (<see cref="IEngine.Reshape"/>), which is given back when the last of them is disposed. Contents do not change after
/// the operation that made the tensor, except through <see cref="IEngine.Accumulate"/> and <see cref="IEngine.AdamStep"/>.
/// Reading from several threads is safe.
/// </summary>
public abstract class Tensor : IDisposable
{
    /// <summary>Creates the handle.</summary>
    /// <param name="shape">The shape.</param>
    protected Tensor(Shape shape) => Shape = shape;

    /// <summary>The extents, outermost first.</summary>
    public Shape Shape { get; }

    /// <summary>Gives this handle back; the storage goes with its last handle. May be called more than once.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the storage back.</summary>
    /// <param name="disposing">True when called from <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);
}
