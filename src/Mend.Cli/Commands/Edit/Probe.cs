using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>A prompt that is looked at before and after an edit.</summary>
/// <param name="Kind">edit, also, rephrase or unrelated.</param>
/// <param name="Prompt">The prompt, as it was given.</param>
/// <param name="Target">The answer whose probability is wanted, or null.</param>
internal sealed record Probe(string Kind, string Prompt, string? Target);

/// <summary>Reads probes off a version or a draft.</summary>
internal static class Probes
{
    public static Task<IReadOnlyList<ProbeReading>> ReadAsync(
        IEditableModel model, Prompting prompting, IReadOnlyList<Probe> probes, ModelVersion? version, EditDraft? draft, CancellationToken cancellationToken) =>
        ProbeReader.ReadAsync(
            model,
            [.. probes.Select(p => new ProbePrompt(prompting.Ask(p.Prompt), p.Target is null ? p.Prompt : prompting.Before(p.Prompt), p.Target))],
            prompting.Ends,
            version,
            draft,
            cancellationToken);

    /// <summary>
    /// Reads probes off a version that is in the ledger now: that is not interrupted, so that nobody misses the version's number, and what
    /// goes wrong is a warning, because the edit was made.
    /// </summary>
    /// <returns>The readings, or null when they could not be taken.</returns>
    public static async Task<IReadOnlyList<ProbeReading>?> ReadCommittedAsync(
        IEditableModel model, Prompting prompting, IReadOnlyList<Probe> probes, ModelVersion version, CliOutput output)
    {
        try
        {
            return await ReadAsync(model, prompting, probes, version, null, CancellationToken.None);
        }
        catch (Exception error)
        {
            output.Warn($"the edit is committed as version {version}, but the answers after it could not be read: {ErrorReport.Explain(error)}");
            return null;
        }
    }
}
