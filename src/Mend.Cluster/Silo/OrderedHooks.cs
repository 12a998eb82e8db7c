using Mend.Editing;
using Mend.Models.Execution;

namespace Mend.Cluster;

/// <summary>Fresh hooks that do what a caller on another silo has ordered. Gives their tensors back when disposed of.</summary>
internal sealed class OrderedHooks : IDisposable
{
    private OrderedHooks(PassHooks hooks) => Hooks = hooks;

    public PassHooks Hooks { get; }

    public static OrderedHooks Of(WireHooks? orders) => new(orders is null ? PassHooks.None : new PassHooks
    {
        Layers = orders.Layers.ToDictionary(h => h.Layer, h => (ILayerHook)h.ToOrder().Build()),
        Entering = orders.Entering is { } stage ? new EnteringStates(stage) : null,
    });

    public void Dispose()
    {
        foreach (IDisposable hook in Hooks.Layers.Values.OfType<IDisposable>())
        {
            hook.Dispose();
        }
    }
}
