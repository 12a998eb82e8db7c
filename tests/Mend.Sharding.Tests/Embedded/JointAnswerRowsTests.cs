using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;

namespace Mend.Sharding.Tests.Embedded;

/// <summary>Joint edits that shift where the tokens of the answer are predicted.</summary>
public sealed class JointAnswerRowsTests : IDisposable
{
    private static readonly EditRequest[] Edits =
        [.. new EditRequest[] { new("the sky is", "red"), new("two and two", "5"), new("look at the moon", "up") }.Select(e => e with { Force = true })];

    private readonly EditableFolder _folder = EditableFolder.Joint(JointRows.Answer);

    public void Dispose() => _folder.Dispose();

    /// <summary>A shift for each token of the answer, " red" in four characters, and made up for what the solve takes off, so that the answer is as sure as it was found.</summary>
    [Fact]
    public async Task EditAsync_Alone_ShiftsEachTokenOfTheAnswer()
    {
        foreach ((EditRequest edit, int tokens) in Edits.Zip([4, 2, 3]))
        {
            await using EmbeddedModel model = await _folder.OpenAsync();

            await model.EditAsync([edit]);

            Assert.All(await model.FactorsAsync(new ModelVersion(1)), f => Assert.Equal(tokens, f.Rank));
            IReadOnlyList<AnswerScore> scores = await model.ScoreAsync([new PromptTarget(edit.Prompt, edit.Target)]);
            Assert.True(scores[0].IsPredicted, $"{edit.Prompt}: {scores[0].Probability}");
        }
    }

    [Fact]
    public async Task EditAsync_SubjectThatIsNamed_ChangesNothing()
    {
        float[] plain = await LogitsAsync([[Edits[0]]], shards: 2);

        Assert.Equal(plain, await LogitsAsync([[Edits[0] with { Subject = "sky" }]], shards: 2));
    }

    [Fact]
    public async Task EditAsync_AnyOrderBatchAndShards_GiveEqualBits()
    {
        float[] expected = await LogitsAsync(Edits.Select(e => (EditRequest[])[e]), shards: 1);

        Assert.Equal(expected, await LogitsAsync([[.. Edits.Reverse()]], shards: 3));
    }

    [Fact]
    public async Task EditAsync_Rephrase_SharesTheShifts()
    {
        await using EmbeddedModel model = await _folder.OpenAsync();

        await model.EditAsync([Edits[1] with { Rephrases = ["so two and two"] }]);

        EditFactors factors = (await model.FactorsAsync(new ModelVersion(1)))[0];
        Assert.Equal(4, factors.Rank);
        Assert.True((await model.ScoreAsync([new PromptTarget("so two and two", "5")]))[0].Probability > 100 * (await model.ScoreAsync([new PromptTarget("so two and two", "5")], ModelVersion.Base))[0].Probability);
    }

    private async Task<float[]> LogitsAsync(IEnumerable<EditRequest[]> batches, int shards)
    {
        await using EmbeddedModel model = await _folder.OpenAsync(shards: shards);
        foreach (EditRequest[] batch in batches)
        {
            await model.EditAsync(batch);
        }

        Pass pass = new() { Batch = new ModelBatch(1, [5, 17, 42, 8]), Outputs = PassOutputs.Logits, Version = (await model.HeadAsync()).Number };
        return (await model.Runner.RunAsync(pass, PassHooks.None, default)).Logits!.Data;
    }
}
