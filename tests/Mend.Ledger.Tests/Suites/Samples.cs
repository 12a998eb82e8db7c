using Mend.Editing;

namespace Mend.Ledger.Tests;

internal static class Samples
{
    public static BaseModelFingerprint BaseModel { get; } = new("tiny", [new("config.json", "sha256:0"), new("blocks", "4")]);

    public static EditFactors Layer(string name, float value = 1f) => new(
        name,
        rank: 2,
        inputs: 3,
        outputs: 4,
        [.. Enumerable.Range(0, 6).Select(index => value + index)],
        [.. Enumerable.Range(0, 8).Select(index => value - index)],
        step: -0.01f);

    /// <summary>Prepares one shard and names the result; the commit is the test's.</summary>
    public static async Task<CommittedEdit> PrepareAsync(
        EditLedger ledger, string id, string? key = null, string prompt = "The capital of France is", string target = "Lyon", float value = 1f)
    {
        EditId edit = new(id);
        return new CommittedEdit
        {
            Id = edit,
            IdempotencyKey = key,
            Prompt = prompt,
            Target = target,
            Factors = await ledger.PrepareAsync(edit, 0, [Layer("h.0.mlp", value), Layer("h.1.mlp", value + 1)]),
        };
    }

    /// <summary>Prepares and commits at the head.</summary>
    public static async Task<ModelVersion> CommitAsync(EditLedger ledger, string id, string? key = null)
    {
        CommitResult result = await ledger.CommitAsync(await ledger.HeadAsync(), [await PrepareAsync(ledger, id, key)]);
        Assert.Equal(CommitStatus.Committed, result.Status);
        return result.Version;
    }

    public static string[] ActiveIds(VersionView view) => [.. view.Edits.Select(edit => edit.Edit.Id.Value)];
}
