using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Where a stage gets its parameters: a checkpoint, or a planner that only takes notes.</summary>
public abstract class ParameterSource
{
    /// <summary>The matrix of a linear layer.</summary>
    /// <param name="name">Full name in the checkpoint.</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="layout">How it is stored.</param>
    /// <exception cref="CheckpointException">It is missing or has another shape or an unusable type.</exception>
    public abstract Weight Matrix(string name, int inputs, int outputs, WeightLayout layout = WeightLayout.OutIn);

    /// <summary>An embedding table [rows, columns].</summary>
    /// <param name="name">Full name in the checkpoint.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Row length.</param>
    public abstract Weight Table(string name, int rows, int columns);

    /// <summary>A vector or small tensor, converted to float32.</summary>
    /// <param name="name">Full name in the checkpoint.</param>
    /// <param name="shape">Its shape.</param>
    public abstract Tensor Tensor(string name, Shape shape);

    /// <summary>The same source, for parameters that only some of the tokens read, such as an expert's.</summary>
    /// <param name="share">The share of the tokens that read each of them, on average.</param>
    public virtual ParameterSource ForSome(double share) => this;

    /// <summary>Whether the checkpoint holds a parameter; a planner answers <paramref name="planned"/>.</summary>
    /// <param name="name">Full name in the checkpoint.</param>
    /// <param name="planned">What to assume without a checkpoint.</param>
    public abstract bool Contains(string name, bool planned);

    /// <summary>A small tensor made from others when the stage is; the source owns it.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="make">Makes it on the engine that the parameters are on.</param>
    public abstract Tensor Made(Shape shape, Func<IEngine, Tensor> make);

    /// <summary>A tensor of ones, in place of a gain that the checkpoint does not hold.</summary>
    /// <param name="shape">Its shape.</param>
    public Tensor Ones(Shape shape) => Made(shape, engine =>
    {
        float[] ones = new float[shape.Length];
        Array.Fill(ones, 1f);
        return engine.FromHost(ones, shape);
    });

    /// <summary>A linear layer: its matrix and, unless absent, its bias.</summary>
    /// <param name="prefix">Name without ".weight" and ".bias".</param>
    /// <param name="inputs">Number of inputs.</param>
    /// <param name="outputs">Number of outputs.</param>
    /// <param name="bias">Whether it has a bias.</param>
    /// <param name="layout">How the matrix is stored.</param>
    public LinearLayer Linear(string prefix, int inputs, int outputs, bool bias = true, WeightLayout layout = WeightLayout.OutIn) =>
        new(Matrix(prefix + ".weight", inputs, outputs, layout), bias ? Tensor(prefix + ".bias", [outputs]) : null);
}
