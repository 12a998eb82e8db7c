using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>What the gradient pass finds out about one edit.</summary>
/// <param name="Layers">u and δ per edited layer.</param>
/// <param name="Loss">Mean NLL of the answer's tokens.</param>
/// <param name="Known">Whether the model gives the answer already.</param>
/// <param name="Entering">What enters the first edited block, so that later passes over the prompt need not start below it; null where the pass did not show it.</param>
public sealed record EditSignals(IReadOnlyList<LayerSignals> Layers, float Loss, bool Known, EnteringState? Entering = null);

/// <summary>The chain's state in front of a stage, for one batch row, padding included.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Hidden">Hidden states [1, sequence, width]; null in front of the first stage.</param>
/// <param name="Encoder">The encoder's output [1, source, width], or null.</param>
public sealed record EnteringState(int Stage, HostTensor? Hidden, HostTensor? Encoder)
{
    /// <summary>A pass that starts here, with the state repeated for every row of its batch.</summary>
    /// <param name="pass">The pass; its rows are copies of the row that the state is of.</param>
    public Pass Start(Pass pass) => pass with
    {
        StartStage = Stage,
        Start = Hidden is null ? null : Repeat(Hidden, pass.Batch.Size),
        StartEncoder = Encoder is null ? null : Repeat(Encoder, pass.Batch.Size),
    };

    private static HostTensor Repeat(HostTensor row, int times)
    {
        float[] data = new float[row.Data.Length * times];
        for (int i = 0; i < times; i++)
        {
            row.Data.CopyTo(data, i * row.Data.Length);
        }

        return new HostTensor(row.Shape.With(0, times), data);
    }
}

/// <summary>Keeps the chain's state in front of one stage while a pass goes by.</summary>
internal sealed class EnteringStates(IEngine engine, int stage)
{
    private HostTensor? _hidden;
    private HostTensor? _encoder;
    private bool _seen;

    public void StageDone(int done, StageState state)
    {
        if (done == stage - 1)
        {
            _hidden = state.Hidden is null ? null : HostTensor.From(engine, state.Hidden.Data);
            _encoder = state.Encoder is null ? null : HostTensor.From(engine, state.Encoder.Data);
            _seen = true;
        }
    }

    /// <summary>The state of one batch row, or null when the stage was never reached in this process.</summary>
    public EnteringState? Of(int row) => _seen ? new EnteringState(stage, Row(_hidden, row), Row(_encoder, row)) : null;

    private static HostTensor? Row(HostTensor? all, int row)
    {
        if (all is null)
        {
            return null;
        }

        int length = (int)(all.Shape.Length / all.Shape[0]);
        return new HostTensor(all.Shape.With(0, 1), all.Data.AsSpan(row * length, length).ToArray());
    }
}
