using Mend.Models;
using System.Globalization;
using Mend.Editing;

namespace Mend.Ledger.CrashHarness;

/// <summary>What the children do, so that the parent can tell what should be there: operation i is an edit, every tenth a revert of an earlier edit.</summary>
internal static class Script
{
    public const int Shards = 2;
    private const int Rank = 3;
    private const int Inputs = 8;
    private const int Outputs = 6;

    public static BaseModelFingerprint BaseModel { get; } = new("tiny", [new("config.json", "sha256:0"), new("blocks", "4")]);

    public static bool IsRevert(int operation) => operation % 10 == 9;

    /// <summary>The edit that a revert takes back.</summary>
    public static int RevertedBy(int operation) => operation - 4;

    public static string Key(int operation) => string.Create(CultureInfo.InvariantCulture, $"operation-{operation}");

    public static string Prompt(int operation) => string.Create(CultureInfo.InvariantCulture, $"The capital of country {operation} is");

    public static string Target(int operation) => string.Create(CultureInfo.InvariantCulture, $"city {operation}");

    /// <summary>Two layers a shard, with values that tell the operation, the shard and the attempt apart.</summary>
    public static IReadOnlyList<EditFactors> Factors(int operation, int shard, int life)
    {
        float[] u = [.. Enumerable.Range(0, Rank * Inputs).Select(index => operation + (0.001f * index))];
        float[] delta = [.. Enumerable.Range(0, Rank * Outputs).Select(index => life + (0.001f * index))];
        return [.. Enumerable.Range(0, 2).Select(layer => new EditFactors($"h.{shard}.mlp.{layer}", Rank, Inputs, Outputs, u, delta, -0.01f))];
    }

    /// <summary>Hold, prepare on every shard, commit; again from the gradient pass when another commit came first.</summary>
    /// <returns>The version, and how often another commit came first.</returns>
    public static async Task<(ModelVersion Version, int Lost)> EditAsync(EditLedger ledger, EditId id, int operation, int life, string key)
    {
        await using IAsyncDisposable hold = await ledger.HoldAsync(id).ConfigureAwait(false);
        for (int lost = 0; ; lost++)
        {
            ModelVersion head = await ledger.HeadAsync().ConfigureAwait(false);
            List<FactorReference> factors = [];
            for (int shard = 0; shard < Shards; shard++)
            {
                factors.AddRange(await ledger.PrepareAsync(id, shard, Factors(operation, shard, life)).ConfigureAwait(false));
            }

            CommittedEdit edit = new() { Id = id, IdempotencyKey = key, Prompt = Prompt(operation), Target = Target(operation), Factors = factors };
            CommitResult result = await ledger.CommitAsync(head, [edit]).ConfigureAwait(false);
            if (result.Status != CommitStatus.HeadMoved)
            {
                return (result.Version, lost);
            }
        }
    }
}
