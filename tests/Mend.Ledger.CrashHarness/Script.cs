using Mend.Models;
using System.Globalization;
using Mend.Editing;

namespace Mend.Ledger.CrashHarness;

/// <summary>
/// What the children do, so that the parent can tell what should be there: operation i is an edit, every third of them one that is solved jointly; every
/// tenth is a revert of an earlier edit, and every tenth a consolidation of the joint edits that are live.
/// </summary>
internal static class Script
{
    public const int Shards = 2;
    private const int Rank = 3;
    private const int Inputs = 8;
    private const int Outputs = 6;

    public static BaseModelFingerprint BaseModel { get; } = new("tiny", [new("config.json", "sha256:0"), new("blocks", "4")]);

    public static bool IsRevert(int operation) => operation % 10 == 9;

    public static bool IsConsolidation(int operation) => operation % 10 == 7;

    public static bool IsJoint(int operation) => operation % 3 == 1 && !IsRevert(operation) && !IsConsolidation(operation);

    /// <summary>The edit that a revert takes back.</summary>
    public static int RevertedBy(int operation) => operation - 4;

    public static string Key(int operation) => string.Create(CultureInfo.InvariantCulture, $"operation-{operation}");

    public static string Prompt(int operation) => IsConsolidation(operation) ? "" : string.Create(CultureInfo.InvariantCulture, $"The capital of country {operation} is");

    public static string Target(int operation) => IsConsolidation(operation) ? "" : string.Create(CultureInfo.InvariantCulture, $"city {operation}");

    /// <summary>Two layers a shard, with values that tell the operation, the shard and the attempt apart.</summary>
    public static IReadOnlyList<EditFactors> Factors(int operation, int shard, int life)
    {
        float[] u = [.. Enumerable.Range(0, Rank * Inputs).Select(index => operation + (0.001f * index))];
        float[] delta = [.. Enumerable.Range(0, Rank * Outputs).Select(index => life + (0.001f * index))];
        JointTerm? joint = IsJoint(operation) ? new JointTerm(u, "metric", Prompt(operation)) : null;
        return [.. Enumerable.Range(0, 2).Select(layer => new EditFactors($"h.{shard}.mlp.{layer}", Rank, Inputs, Outputs, u, delta, -0.01f, joint))];
    }

    /// <summary>Prepare on every shard, commit; again from the gradient pass, under another id, when another commit came first or the factors grew old.</summary>
    /// <returns>The version, and how often another commit came first.</returns>
    public static async Task<(ModelVersion Version, int Lost)> EditAsync(EditLedger ledger, string name, int operation, int life, string key)
    {
        for (int lost = 0; ; lost++)
        {
            EditId id = new(string.Create(CultureInfo.InvariantCulture, $"{name}-{lost}"));
            VersionView head = await ledger.ViewAsync(await ledger.HeadAsync().ConfigureAwait(false)).ConfigureAwait(false);
            List<FactorReference> factors = [];
            for (int shard = 0; shard < Shards; shard++)
            {
                factors.AddRange(await ledger.PrepareAsync(id, shard, Factors(operation, shard, life)).ConfigureAwait(false));
            }

            CommittedEdit edit = new()
            {
                Id = id,
                IdempotencyKey = key,
                Prompt = Prompt(operation),
                Target = Target(operation),
                Factors = factors,
                Consolidates = IsConsolidation(operation) ? [.. head.Edits.Where(IsJoint).Select(active => active.Edit.Id)] : null,
            };
            CommitResult? result = await TryCommitAsync(ledger, head.Version, edit).ConfigureAwait(false);
            if (result?.Status != CommitStatus.Committed)
            {
                ledger.Withdraw(factors);
            }

            if (result is not null && result.Status != CommitStatus.HeadMoved)
            {
                return (result.Version, lost);
            }
        }
    }

    private static bool IsJoint(ActiveEdit active) => active.Edit.Consolidates is null && active.Edit.Factors.Any(factor => factor.Algorithm is not null);

    private static async Task<CommitResult?> TryCommitAsync(EditLedger ledger, ModelVersion head, CommittedEdit edit)
    {
        try
        {
            return await ledger.CommitAsync(head, [edit]).ConfigureAwait(false);
        }
        catch (StagedFactorsMissingException)
        {
            return null;
        }
    }
}
