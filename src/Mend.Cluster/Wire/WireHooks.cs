using Mend.Editing;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>What a <see cref="WireHook"/> wants done.</summary>
public enum WireHookKind : byte
{
    /// <summary>See <see cref="WatchSignals"/>.</summary>
    Signals,

    /// <summary>See <see cref="WatchInput"/>.</summary>
    Input,

    /// <summary>See <see cref="TrainFactors"/>.</summary>
    Factors,

    /// <summary>See <see cref="ShiftRows"/>.</summary>
    Shifts,
}

/// <summary>The order of one hook.</summary>
/// <param name="Layer">Full name of the layer's matrix.</param>
/// <param name="Kind">What is wanted.</param>
/// <param name="Rows">Rows to watch, or null.</param>
/// <param name="Tensors">Factors and, where there are any, strengths.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.hook")]
public sealed record WireHook(
    [property: Id(0)] string Layer, [property: Id(1)] WireHookKind Kind, [property: Id(2)] byte[]? Rows, [property: Id(3)] WireTensor[] Tensors)
{
    /// <summary>About the bytes that it takes.</summary>
    public long Weight => (Rows?.LongLength ?? 0) + Tensors.Sum(t => t.ByteLength + 32) + (sizeof(char) * Layer.Length) + 64;

    /// <summary>Wraps an order.</summary>
    /// <param name="layer">Full name of the layer's matrix.</param>
    /// <param name="order">The order.</param>
    public static WireHook Of(string layer, HookOrder order) => order switch
    {
        WatchSignals => new WireHook(layer, WireHookKind.Signals, null, []),
        WatchInput input => new WireHook(layer, WireHookKind.Input, WireInts.Pack(input.Rows), []),
        TrainFactors factors => new WireHook(
            layer, WireHookKind.Factors, null, [.. new[] { factors.U, factors.Delta, factors.Strengths }.OfType<HostTensor>().Select(t => WireTensor.Of(t)!)]),
        ShiftRows shift => new WireHook(layer, WireHookKind.Shifts, WireInts.Pack(shift.Rows), [WireTensor.Of(shift.Shifts)!]),
        _ => throw new NotSupportedException($"The order {order.GetType().Name} has no form on the wire."),
    };

    /// <summary>The order.</summary>
    public HookOrder ToOrder() => Kind switch
    {
        WireHookKind.Signals => new WatchSignals(),
        WireHookKind.Input => new WatchInput(WireInts.Unpack(Rows)!),
        WireHookKind.Factors => new TrainFactors(Tensors[0].ToHost(), Tensors[1].ToHost(), Tensors.ElementAtOrDefault(2)?.ToHost()),
        WireHookKind.Shifts => new ShiftRows(WireInts.Unpack(Rows)!, Tensors[0].ToHost()),
        _ => throw new MalformedMessageException($"A hook came as kind {(byte)Kind}; the sender runs another release."),
    };

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireHook);
}

/// <summary>The hooks of a pass as orders. Tensors in them and in their reports travel as they are, whatever the format of activations.</summary>
/// <param name="Layers">The layers' hooks.</param>
/// <param name="Entering">Stage in front of which the state is kept, or null.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.hooks")]
public sealed record WireHooks([property: Id(0)] WireHook[] Layers, [property: Id(1)] int? Entering)
{
    /// <summary>About the bytes that they take.</summary>
    public long Weight => Layers.Sum(h => h.Weight);

    /// <summary>Turns hooks into orders; null when there are none.</summary>
    /// <param name="hooks">The hooks.</param>
    /// <param name="engine">The engine of their tensors.</param>
    /// <exception cref="NotSupportedException">One of them cannot travel.</exception>
    public static WireHooks? Of(PassHooks hooks, IEngine engine)
    {
        if (hooks.StageDone is not null)
        {
            throw new NotSupportedException(
                $"{nameof(PassHooks)}.{nameof(PassHooks.StageDone)} looks at values where they are computed and cannot travel to another silo; use {nameof(PassHooks.Entering)}, or run the model in one process.");
        }

        return hooks.Layers.Count == 0 && hooks.Entering is null
            ? null
            : new WireHooks([.. hooks.Layers.Select(h => WireHook.Of(h.Key, Travelling(h.Key, h.Value).Order(engine)))], hooks.Entering?.Stage);
    }

    private static ITravellingHook Travelling(string layer, ILayerHook hook) => hook as ITravellingHook ?? throw new NotSupportedException(
        $"The hook {hook.GetType().Name} of layer '{layer}' cannot travel to another silo; implement {nameof(ITravellingHook)}, or run the model in one process.");

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireHooks);
}
