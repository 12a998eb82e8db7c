using System.Globalization;
using Mend.Cluster.Soak.Load;
using Mend.Cluster.Soak.Processes;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cluster.Soak.Checks;

/// <summary>Holds what clients were told against the ledger and against its replay in one process.</summary>
internal sealed class Verifier(EmbeddedModel replay, IReadOnlyList<CallRecord> records)
{
    private readonly List<string> _problems = [];

    /// <summary>What is wrong, where the cluster does not serve the head that the ledger has, with the bits of one process.</summary>
    public static async Task<IReadOnlyList<string>> CheckServiceAsync(Site site, EmbeddedModel replay, long head)
    {
        await using IEditableModel model = await LoadClient.ConnectAsync(site.Database, site.Run);
        Pass pass = Questions.Logits([5, 17, 42, 8], head);
        string digest = Questions.Digest(await ((ClusterModel)model).Runner.RunAsync(pass, PassHooks.None, default));
        return
        [
            .. (await model.HeadAsync()).Number == head ? Array.Empty<string>() : ["The cluster's head is not the ledger's."],
            .. digest == Questions.Digest(await replay.Runner.RunAsync(pass, PassHooks.None, default)) ? Array.Empty<string>() : ["At the end the cluster's logits are not those of one process."],
        ];
    }

    public async Task<IReadOnlyList<string>> ExecuteAsync()
    {
        IReadOnlyList<LedgerEntry> log = await replay.LogAsync();
        CheckKeys(log);
        CheckAcknowledged(log);
        foreach (CallFailed failed in records.OfType<CallFailed>().Where(f => !f.Retryable))
        {
            _problems.Add($"A call failed for good: {failed.Call}: {failed.Error}");
        }

        foreach (CallRecord read in records.OrderBy(VersionOf))
        {
            await CheckReadAsync(read);
        }

        return _problems;
    }

    private void CheckKeys(IReadOnlyList<LedgerEntry> log)
    {
        IEnumerable<string> keys = log.SelectMany(e => e.Edits.Select(edit => edit.IdempotencyKey).Append(e.IdempotencyKey)).OfType<string>();
        _problems.AddRange(keys.CountBy(k => k).Where(k => k.Value > 1).Select(k => $"Key {k.Key} was committed {k.Value} times."));
    }

    private void CheckAcknowledged(IReadOnlyList<LedgerEntry> log)
    {
        foreach (EditDone edit in records.OfType<EditDone>())
        {
            Expect(
                Entry(edit.Version)?.Edits.Any(e => e.IdempotencyKey == edit.Key && e.Prompt == edit.Prompt && e.Target == edit.Target) == true,
                $"Edit {edit.Key} was acknowledged as version {edit.Version}, which does not hold it.");
        }

        foreach (RevertDone revert in records.OfType<RevertDone>())
        {
            Expect(
                Entry(revert.Version) is { } entry && entry.IdempotencyKey == revert.Key && entry.Reverts.SequenceEqual([new ModelVersion(revert.Reverted)]),
                $"Revert {revert.Key} was acknowledged as version {revert.Version}, which is not that revert.");
        }

        LedgerEntry? Entry(long version) => version >= 1 && version <= log.Count ? log[(int)version - 1] : null;
    }

    private async Task CheckReadAsync(CallRecord read)
    {
        switch (read)
        {
            case AnswerDone answer:
                Expect(answer.Version >= answer.Known, $"An answer read version {answer.Version} when version {answer.Known} had been acknowledged to its client.");
                Answer again = await replay.AnswerAsync(Questions.Of(answer.Prompt, answer.Seed, answer.Version));
                Expect(again.Text == answer.Text, $"Version {answer.Version} answered '{answer.Text}'; replayed it answers '{again.Text}'.");
                break;
            case ScoreDone score:
                PromptTarget[] prompts = [.. score.Prompts.Zip(score.Targets, (prompt, target) => new PromptTarget(prompt, target))];
                IReadOnlyList<AnswerScore> scores = await replay.ScoreAsync(prompts, new ModelVersion(score.Version));
                Expect(
                    scores.Select(s => s.Probability).SequenceEqual(score.Probabilities),
                    string.Create(CultureInfo.InvariantCulture, $"Version {score.Version} gave the probabilities {string.Join(' ', score.Probabilities)}; replayed {string.Join(' ', scores.Select(s => s.Probability))}."));
                break;
            case LogitsDone logits:
                string digest = Questions.Digest(await replay.Runner.RunAsync(Questions.Logits(logits.Tokens, logits.Version), PassHooks.None, default));
                Expect(digest == logits.Digest, $"The logits of version {logits.Version} are not those of its replay.");
                break;
        }
    }

    private static long VersionOf(CallRecord record) => record switch
    {
        AnswerDone answer => answer.Version,
        ScoreDone score => score.Version,
        LogitsDone logits => logits.Version,
        _ => 0,
    };

    private void Expect(bool held, string problem)
    {
        if (!held)
        {
            _problems.Add(problem);
        }
    }
}
