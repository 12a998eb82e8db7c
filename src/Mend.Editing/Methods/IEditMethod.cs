namespace Mend.Editing;

/// <summary>A way to turn one wanted answer into edit factors: MEND, or a baseline. Safe to use from several threads.</summary>
public interface IEditMethod
{
    /// <summary>Its name, as options and reports have it.</summary>
    string Name { get; }

    /// <summary>Computes the edit.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="edit">The prompt with the wanted answer.</param>
    /// <param name="version">The version that the edit goes on top of.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    /// <returns>Factors of each edited layer.</returns>
    Task<IReadOnlyList<EditFactors>> ComputeAsync(IPassRunner runner, EncodedExample edit, long version, CancellationToken cancellationToken);
}
