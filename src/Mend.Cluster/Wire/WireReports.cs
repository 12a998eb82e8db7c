using Mend.Editing;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>What one hook holds after a pass.</summary>
/// <param name="Layer">Full name of the layer's matrix.</param>
/// <param name="Tensors">See <see cref="ITravellingHook.Report"/>.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.report")]
public sealed record WireReport([property: Id(0)] string Layer, [property: Id(1)] WireTensor[] Tensors)
{
    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireReport);
}

/// <summary>What the hooks of a pass hold when it is back.</summary>
/// <param name="Layers">Reports of the layers that the pass came by.</param>
/// <param name="Entered">Whether the pass came by the stage whose state was to be kept.</param>
/// <param name="Hidden">Hidden states in front of it, or null.</param>
/// <param name="Encoder">The encoder's output there, or null.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.reports")]
public sealed record WireReports(
    [property: Id(0)] WireReport[] Layers, [property: Id(1)] bool Entered, [property: Id(2)] WireTensor? Hidden, [property: Id(3)] WireTensor? Encoder)
{
    /// <summary>About the bytes that they take.</summary>
    public long Weight => Layers.Sum(r => r.Tensors.Sum(t => t.ByteLength + 32) + (sizeof(char) * r.Layer.Length) + 64) + (Hidden?.ByteLength ?? 0) + (Encoder?.ByteLength ?? 0);

    /// <summary>Takes the reports of hooks; null when they have none.</summary>
    /// <param name="hooks">The hooks, all travelling.</param>
    /// <param name="engine">The engine of their tensors.</param>
    public static WireReports? Of(PassHooks hooks, IEngine engine)
    {
        WireReport[] layers =
        [
            .. hooks.Layers
                .Select(h => new WireReport(h.Key, [.. ((ITravellingHook)h.Value).Report(engine).Select(t => WireTensor.Of(t)!)]))
                .Where(r => r.Tensors.Length > 0)
        ];
        EnteringStates? entering = hooks.Entering is { Seen: true } seen ? seen : null;
        return layers.Length == 0 && entering is null
            ? null
            : new WireReports(layers, entering is not null, WireTensor.Of(entering?.Hidden), WireTensor.Of(entering?.Encoder));
    }

    /// <summary>Gives the reports to the hooks that ordered them.</summary>
    /// <param name="hooks">The hooks.</param>
    /// <param name="engine">Where their tensors shall be.</param>
    public void Give(PassHooks hooks, IEngine engine)
    {
        foreach (WireReport report in Layers)
        {
            ((ITravellingHook)hooks.Layers[report.Layer]).Accept(engine, [.. report.Tensors.Select(t => t.ToHost())]);
        }

        if (Entered)
        {
            hooks.Entering?.Accept(Hidden?.ToHost(), Encoder?.ToHost());
        }
    }

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireReports);
}
