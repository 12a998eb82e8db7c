using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>Watches chosen rows of a layer's input.</summary>
/// <param name="rows">Rows of the input seen as a matrix [batch · sequence, in].</param>
/// <param name="seen">Told the rows, row-major, when the layer has run.</param>
internal sealed class InputHook(int[] rows, Action<float[]> seen) : ILayerHook
{
    public Value Forward(Tape tape, Value x, Func<Value, Value> layer)
    {
        using Tensor chosen = tape.Engine.GatherRows(x.Data, rows);
        seen(HostTensor.From(tape.Engine, chosen).Data);
        return layer(x);
    }

    public void Collect(Tape tape)
    {
    }
}
