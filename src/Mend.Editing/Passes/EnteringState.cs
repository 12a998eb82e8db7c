using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

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

/// <summary>Keeps the chain's state in front of one stage while a pass goes by. For one pass.</summary>
/// <param name="stage">The stage.</param>
public sealed class EnteringStates(int stage)
{
    private HostTensor? _hidden;
    private HostTensor? _encoder;
    private bool _seen;

    /// <summary>The stage.</summary>
    public int Stage => stage;

    /// <summary>Whether the pass came by.</summary>
    public bool Seen => _seen;

    /// <summary>Hidden states of the whole batch, [batch, sequence, width]; null in front of the first stage.</summary>
    public HostTensor? Hidden => _hidden;

    /// <summary>The encoder's output of the whole batch, or null.</summary>
    public HostTensor? Encoder => _encoder;

    /// <summary>Looks at the state in front of a stage.</summary>
    /// <param name="engine">The state's engine.</param>
    /// <param name="next">The stage that comes next.</param>
    /// <param name="state">What enters it.</param>
    public void See(IEngine engine, int next, StageState state)
    {
        if (next == stage)
        {
            Accept(
                state.Hidden is null ? null : HostTensor.From(engine, state.Hidden.Data),
                state.Encoder is null ? null : HostTensor.From(engine, state.Encoder.Data));
        }
    }

    /// <summary>Takes a state over that was seen elsewhere.</summary>
    /// <param name="hidden">Hidden states of the whole batch.</param>
    /// <param name="encoder">The encoder's output.</param>
    public void Accept(HostTensor? hidden, HostTensor? encoder) => (_hidden, _encoder, _seen) = (hidden, encoder, true);

    /// <summary>The state of one batch row; null when the pass did not come by.</summary>
    /// <param name="row">The row.</param>
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
