using Mend.Models;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>A model that passes can be run through, however it is sharded. Safe to use from several threads.</summary>
public interface IPassRunner
{
    /// <summary>The model as its configuration describes it.</summary>
    ModelArchitecture Architecture { get; }

    /// <summary>Where editors may compute.</summary>
    IEngine Engine { get; }

    /// <summary>Runs one pass.</summary>
    /// <param name="pass">What to run.</param>
    /// <param name="hooks">Objects that take part in it.</param>
    /// <param name="cancellationToken">Looked at between stages.</param>
    Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken);

    /// <summary>Forgets the keys and values of a generation session; unknown sessions are passed over.</summary>
    /// <param name="session">The session.</param>
    Task EndSessionAsync(string session);
}
