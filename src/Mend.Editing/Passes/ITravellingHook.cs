using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// A hook that can do its work in another process: it says as data what is to be done, another hook made from that does it, and what
/// that one holds after the pass is given to this one.
/// </summary>
public interface ITravellingHook : ILayerHook
{
    /// <summary>What is to be done.</summary>
    /// <param name="engine">The engine of the hook's tensors.</param>
    HookOrder Order(IEngine engine);

    /// <summary>What the hook holds after a pass; empty when the pass left nothing in it.</summary>
    /// <param name="engine">The engine of the hook's tensors.</param>
    IReadOnlyList<HostTensor> Report(IEngine engine);

    /// <summary>Takes over what a hook holds that was made from <see cref="Order"/>.</summary>
    /// <param name="engine">Where the hook's tensors shall be.</param>
    /// <param name="report">Its report, not empty.</param>
    void Accept(IEngine engine, IReadOnlyList<HostTensor> report);
}

/// <summary>What a <see cref="ITravellingHook"/> wants done at its layer.</summary>
public abstract record HookOrder
{
    private protected HookOrder()
    {
    }

    /// <summary>A fresh hook that does it; to be disposed of, if it can be, when its report is taken.</summary>
    public abstract ITravellingHook Build();
}

/// <summary>Watch u and δ. The report holds both, in this order.</summary>
public sealed record WatchSignals : HookOrder
{
    /// <inheritdoc/>
    public override ITravellingHook Build() => new SignalHook();
}

/// <summary>Watch rows of the input. The report holds them, [rows, in].</summary>
/// <param name="Rows">Rows of the input seen as a matrix [batch · sequence, in].</param>
public sealed record WatchInput(int[] Rows) : HookOrder
{
    /// <inheritdoc/>
    public override ITravellingHook Build() => new InputHook(Rows, static _ => { });
}

/// <summary>Add factors that are being trained. The report holds the gradients of Ũ and α·Δ̃, in this order.</summary>
/// <param name="U">Ũ of each edit, [edits, rank, in].</param>
/// <param name="Delta">α·Δ̃ of each edit, [edits, rank, out].</param>
/// <param name="Strengths">One factor per batch row on the change, [rows, 1, 1]; null means 1.</param>
public sealed record TrainFactors(HostTensor U, HostTensor Delta, HostTensor? Strengths) : HookOrder
{
    /// <inheritdoc/>
    public override ITravellingHook Build() => new FactorHook(this);
}

/// <summary>Add a shift to rows of the output. The report holds those rows of the input and the loss's gradient with respect to the shift.</summary>
/// <param name="Rows">Rows of the layer's output seen as a matrix [batch · sequence, out].</param>
/// <param name="Shifts">One shift a row, [rows, out].</param>
public sealed record ShiftRows(int[] Rows, HostTensor Shifts) : HookOrder
{
    /// <inheritdoc/>
    public override ITravellingHook Build() => new ShiftHook(Rows, Shifts);
}
