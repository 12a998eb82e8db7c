using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// Watches chosen rows of a layer's input. Rows of zeros say nothing and are left out: so come the tokens that did not go to an expert.
/// </summary>
/// <param name="rows">Rows of the input seen as a matrix [batch · sequence, in].</param>
/// <param name="seen">Told the rows that speak, row-major, when the layer has run.</param>
internal sealed class InputHook(int[] rows, Action<float[]> seen) : ITravellingHook
{
    private HostTensor? _seen;

    public Value Forward(Tape tape, Value x, Func<Value, Value> layer)
    {
        using Tensor chosen = tape.Engine.GatherRows(x.Data, rows);
        See(Speaking(HostTensor.From(tape.Engine, chosen)));
        return layer(x);
    }

    public void Collect(Tape tape)
    {
    }

    public HookOrder Order(IEngine engine) => new WatchInput(rows);

    public IReadOnlyList<HostTensor> Report(IEngine engine) => _seen is null ? [] : [_seen];

    public void Accept(IEngine engine, IReadOnlyList<HostTensor> report) => See(report[0]);

    private static HostTensor Speaking(HostTensor all)
    {
        int size = all.Shape.Last;
        int[] speaking = [.. Enumerable.Range(0, (int)all.Shape.Rows).Where(i => all.Data.AsSpan(i * size, size).ContainsAnyExcept(0f))];
        return speaking.Length == all.Shape.Rows
            ? all
            : new HostTensor([speaking.Length, size], [.. speaking.SelectMany(i => new ArraySegment<float>(all.Data, i * size, size))]);
    }

    private void See(HostTensor input)
    {
        _seen = input;
        seen(input.Data);
    }
}
