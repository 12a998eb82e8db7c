using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Takes note of what a stage asks for and hands out parameters without storage.</summary>
internal sealed class PlannedSource : ParameterSource
{
    private readonly List<ParameterSpec> _parameters;
    private readonly double _share;

    public PlannedSource()
        : this([], 1)
    {
    }

    private PlannedSource(List<ParameterSpec> parameters, double share) => (_parameters, _share) = (parameters, share);

    public IReadOnlyList<ParameterSpec> Parameters => _parameters;

    public override Weight Matrix(string name, int inputs, int outputs, WeightLayout layout)
    {
        Shape stored = layout == WeightLayout.InOut ? [inputs, outputs] : [outputs, inputs];
        _parameters.Add(new ParameterSpec(name, stored, layout, _share));
        return new PlannedWeight(name, stored, layout);
    }

    public override Weight Table(string name, int rows, int columns)
    {
        _parameters.Add(new ParameterSpec(name, [rows, columns], null, _share));
        return new PlannedWeight(name, [rows, columns], WeightLayout.OutIn);
    }

    public override Tensor Tensor(string name, Shape shape)
    {
        _parameters.Add(new ParameterSpec(name, shape, null, _share));
        return new PlannedTensor(shape);
    }

    public override ParameterSource ForSome(double share) => new PlannedSource(_parameters, _share * share);

    public override Tensor Made(Shape shape, Func<IEngine, Tensor> make) => new PlannedTensor(shape);

    public override bool Contains(string name, bool planned) => planned;

    private sealed class PlannedWeight(string name, Shape stored, WeightLayout layout) : Weight(name, stored, layout, DType.F32);

    private sealed class PlannedTensor(Shape shape) : Tensor(shape)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }
}
