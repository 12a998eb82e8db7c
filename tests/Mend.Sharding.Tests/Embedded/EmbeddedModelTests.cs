using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests.Embedded;

public sealed class EmbeddedModelTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private static readonly EditRequest Sky = EditableFolder.Edits[0];
    private static readonly EditRequest Two = EditableFolder.Edits[1];
    private static readonly EditRequest Cat = EditableFolder.Edits[2];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EditAsync_Edit_ChangesTheAnswer(bool onDisk)
    {
        await using EmbeddedModel model = await folder.OpenAsync(onDisk ? folder.NewName() : null);
        Assert.False((await ScoreAsync(model, Sky)).IsPredicted);

        EditOutcome outcome = await model.EditAsync([Sky]);

        Assert.Equal((1, false, 1), (outcome.Version.Number, outcome.AlreadyCommitted, outcome.Attempts));
        Assert.Equal(["queue", "gradient", "strength", "prepare", "commit", "publish"], outcome.Stages.Select(s => s.Stage));
        AnswerScore score = await ScoreAsync(model, Sky);
        Assert.True(score.IsPredicted && score.Probability > 0.5, $"{score}");
        Answer answer = await model.AnswerAsync(new Question(Sky.Prompt) { Sampling = new SamplingOptions { MaxNewTokens = 4 } });
        Assert.Equal((" red", 1L, 4), (answer.Text, answer.Version.Number, answer.Tokens));
        Assert.False((await ScoreAsync(model, Sky, ModelVersion.Base)).IsPredicted);
    }

    [Fact]
    public async Task AnswerAsync_OnPiece_GetsThePiecesOfTheText()
    {
        await using EmbeddedModel model = await folder.OpenAsync();
        List<string> pieces = [];

        Answer answer = await model.AnswerAsync(new Question("the sky") { OnPiece = piece => pieces.Add(piece.Text) });

        Assert.Equal(answer.Text, string.Concat(pieces));
        Assert.Equal(answer.Tokens, pieces.Count);
    }

    [Fact]
    public async Task EditAsync_ForAnotherHead_IsRefusedAndOthersAreNot()
    {
        await using EmbeddedModel model = await folder.OpenAsync();
        await model.EditAsync([Sky]);

        Task<EditOutcome> late = model.EditAsync([Two with { Expected = ModelVersion.Base }]);
        Task<EditOutcome> other = model.EditAsync([Cat]);

        HeadMovedException error = await Assert.ThrowsAsync<HeadMovedException>(() => late);
        Assert.Equal((ModelVersion.Base, new ModelVersion(1)), (error.Expected, error.Head));
        Assert.Equal(new ModelVersion(2), (await other).Version);
        Assert.Equal(new ModelVersion(3), (await model.EditAsync([Two with { Expected = new ModelVersion(2) }])).Version);
    }

    [Fact]
    public async Task PreviewAsync_Draft_AnswersAsTheCommitWouldAndCommitsNothing()
    {
        await using EmbeddedModel model = await folder.OpenAsync();

        EditDraft draft = await model.PreviewAsync([Sky]);

        Assert.Equal(ModelVersion.Base, await model.HeadAsync());
        Assert.Empty(await model.LogAsync());
        AnswerScore preview = (await model.ScoreAsync([new PromptTarget(Sky.Prompt, Sky.Target)], preview: draft))[0];
        Assert.False((await ScoreAsync(model, Sky)).IsPredicted);
        await model.EditAsync([Sky]);
        AnswerScore committed = await ScoreAsync(model, Sky);
        Assert.True(preview.IsPredicted);
        Assert.Equal(committed.Probability, preview.Probability, 1e-5);
        Assert.Equal(
            (await model.AnswerAsync(new Question(Sky.Prompt))).Text, (await model.AnswerAsync(new Question(Sky.Prompt, Preview: draft))).Text);
    }

    [Fact]
    public async Task RevertAsync_AnEdit_BringsTheBasesBitsBack()
    {
        await using EmbeddedModel model = await folder.OpenAsync(foldRank: 2);
        float[] before = await LogitsAsync(model);
        await model.EditAsync([Sky]);
        float[] edited = await LogitsAsync(model);

        ModelVersion reverted = await model.RevertAsync([new ModelVersion(1)]);
        float[] after = await LogitsAsync(model);
        ModelVersion back = await model.RevertAsync([reverted]);

        Assert.NotEqual(before, edited);
        Assert.Equal(before, after);
        Assert.Equal((2, 3), (reverted.Number, back.Number));
        Assert.Equal(edited, await LogitsAsync(model));
        await Assert.ThrowsAsync<AlreadyRevertedException>(() => model.RevertAsync([reverted]));
    }

    [Fact]
    public async Task EditAsync_SeveralAtOnce_AreOneVersionInTheirOrder()
    {
        await using EmbeddedModel model = await folder.OpenAsync();

        EditOutcome outcome = await model.EditAsync([Sky, Two, Cat]);

        Assert.Equal(1, outcome.Version.Number);
        LedgerEntry entry = Assert.Single(await model.LogAsync());
        Assert.Equal([Sky.Prompt, Two.Prompt, Cat.Prompt], entry.Edits.Select(e => e.Prompt));
        Assert.Equal(3 * model.Architecture.DefaultEditedLayers.Count, (await model.FactorsAsync(outcome.Version)).Count);
    }

    /// <summary>Edits of a batch share a gradient pass; each is as strong as it must be on top of those before it.</summary>
    [Fact]
    public async Task EditAsync_Batch_LastHoldsItsOwnOnTopOfTheOthers()
    {
        await using EmbeddedModel model = await folder.OpenAsync();

        EditOutcome outcome = await model.EditAsync(EditableFolder.Edits);

        Assert.Equal(1, outcome.Attempts);
        EditRequest last = EditableFolder.Edits[^1];
        Assert.True((await ScoreAsync(model, last)).Probability > 50 * (await ScoreAsync(model, last, ModelVersion.Base)).Probability);
    }

    /// <summary>Prompts of other lengths are only padding: the factors of an edit do not depend on its batch.</summary>
    [Fact]
    public async Task EditAsync_FirstOfABatch_IsTheSameEditAsAlone()
    {
        await using EmbeddedModel together = await folder.OpenAsync();
        await using EmbeddedModel alone = await folder.OpenAsync();

        await together.EditAsync([Two, Sky]);
        await alone.EditAsync([Two]);

        IReadOnlyList<EditFactors> one = [.. (await together.FactorsAsync(new ModelVersion(1))).Take(together.Architecture.DefaultEditedLayers.Count)];
        IReadOnlyList<EditFactors> two = await alone.FactorsAsync(new ModelVersion(1));
        Assert.Equal(one.Select(f => (f.Layer, f.Rank)), two.Select(f => (f.Layer, f.Rank)));
        Assert.All(one.Zip(two), p => Assert.All(p.First.Delta.Zip(p.Second.Delta), d => Assert.Equal(d.First, d.Second, 1e-4 * p.First.Delta.Max(Math.Abs))));
        Assert.All(one.Zip(two), p => Assert.Equal(p.First.Step, p.Second.Step, 1e-4 * Math.Abs(p.First.Step)));
    }

    [Fact]
    public async Task EditAsync_ManyAtOnce_ShareVersionsAndEachIsThere()
    {
        await using EmbeddedModel model = await folder.OpenAsync();
        EditRequest[] requests = [.. Enumerable.Range(0, 9).Select(i => new EditRequest($"number {i} is", $"{i}{i}", $"key {i}"))];

        EditOutcome[] outcomes = await Task.WhenAll(requests.Select(r => model.EditAsync([r])));

        IReadOnlyList<LedgerEntry> log = await model.LogAsync();
        Assert.Equal(requests.Select(r => r.Prompt), log.SelectMany(e => e.Edits).Select(e => e.Prompt));
        Assert.True(log.Count < requests.Length, $"{log.Count} versions");
        Assert.All(requests.Zip(outcomes), p => Assert.Contains(log[(int)p.Second.Version.Number - 1].Edits, e => e.IdempotencyKey == p.First.IdempotencyKey));
    }

    [Fact]
    public async Task EditAsync_SameKeyAtOnce_IsCommittedOnce()
    {
        await using EmbeddedModel model = await folder.OpenAsync();
        EditRequest keyed = Sky with { IdempotencyKey = "k" };

        EditOutcome[] outcomes = await Task.WhenAll(model.EditAsync([Two]), model.EditAsync([keyed]), model.EditAsync([keyed]), model.EditAsync([keyed]));

        Assert.Single((await model.LogAsync()).SelectMany(e => e.Edits), e => e.IdempotencyKey == "k");
        Assert.Single(outcomes.Skip(1).Select(o => o.Version).Distinct());
        Assert.Equal(2, outcomes.Count(o => o.AlreadyCommitted));
    }

    /// <summary>A key used for two requests at once: the second fails, and nobody beside it.</summary>
    [Fact]
    public async Task EditAsync_OneOfABatchAtFault_FailsAlone()
    {
        await using EmbeddedModel model = await folder.OpenAsync();
        await model.EditAsync([Sky with { IdempotencyKey = "k" }]);

        Task<EditOutcome> first = model.EditAsync([Two]);
        Task<EditOutcome> wrong = model.EditAsync([Cat with { IdempotencyKey = "k" }]);
        Task<EditOutcome> twice = model.EditAsync([Cat with { IdempotencyKey = "l" }, Two with { IdempotencyKey = "l" }]);
        Task<EditOutcome> last = model.EditAsync([Cat]);

        await Assert.ThrowsAsync<IdempotencyConflictException>(() => wrong);
        await Assert.ThrowsAsync<EditRequestException>(() => twice);
        Assert.False((await first).AlreadyCommitted || (await last).AlreadyCommitted);
        Assert.Equal([Sky.Prompt, Two.Prompt, Cat.Prompt], (await model.LogAsync()).SelectMany(e => e.Edits).Select(e => e.Prompt));
    }

    [Fact]
    public async Task EditAsync_SameKeyAgain_CommitsNothingNew()
    {
        await using EmbeddedModel model = await folder.OpenAsync();
        EditOutcome first = await model.EditAsync([Sky with { IdempotencyKey = "k" }]);

        EditOutcome again = await model.EditAsync([Sky with { IdempotencyKey = "k" }]);
        EditOutcome partly = await model.EditAsync([Two with { IdempotencyKey = "l" }, Sky with { IdempotencyKey = "k" }]);

        Assert.Equal((first.Version, true, 0), (again.Version, again.AlreadyCommitted, again.Attempts));
        Assert.Equal((2, false), (partly.Version.Number, partly.AlreadyCommitted));
        Assert.Equal([Two.Prompt], (await model.LogAsync())[^1].Edits.Select(e => e.Prompt));
        await Assert.ThrowsAsync<IdempotencyConflictException>(() => model.EditAsync([Two with { IdempotencyKey = "k" }]));
    }

    [Fact]
    public async Task RevertAsync_SameKeyAgain_IsTheSameVersion()
    {
        await using EmbeddedModel model = await folder.OpenAsync();
        await model.EditAsync([Sky]);

        ModelVersion first = await model.RevertAsync([new ModelVersion(1)], "r");

        Assert.Equal(first, await model.RevertAsync([new ModelVersion(1)], "r"));
        Assert.Equal(first, await model.HeadAsync());
    }

    [Fact]
    public async Task OpenAsync_TheLedgerAgain_AnswersWithTheSameBits()
    {
        string ledger = folder.NewName();
        float[] edited;
        await using (EmbeddedModel model = await folder.OpenAsync(ledger))
        {
            await model.EditAsync([Sky, Two]);
            edited = await LogitsAsync(model);
        }

        await using EmbeddedModel reopened = await folder.OpenAsync(ledger, shards: 4);

        Assert.Equal(new ModelVersion(1), await reopened.HeadAsync());
        Assert.Equal(edited, await LogitsAsync(reopened));
    }

    [Fact]
    public async Task EditAsync_TwoModelsOnOneLedger_EachSeesTheOthersVersions()
    {
        string ledger = folder.NewName();
        await using EmbeddedModel one = await folder.OpenAsync(ledger);
        await using EmbeddedModel two = await folder.OpenAsync(ledger, shards: 1);

        await one.EditAsync([Sky]);
        Assert.True((await ScoreAsync(two, Sky)).IsPredicted);
        await two.EditAsync([Two]);

        Assert.Equal(new ModelVersion(2), await one.HeadAsync());
        Assert.Equal(await LogitsAsync(two), await LogitsAsync(one));
    }

    [Fact]
    public async Task EditAsync_TwoModelsAtOnce_LoseNothing()
    {
        string ledger = folder.NewName();
        await using EmbeddedModel one = await folder.OpenAsync(ledger);
        await using EmbeddedModel two = await folder.OpenAsync(ledger);
        EditRequest[] requests = [.. Enumerable.Range(0, 6).Select(i => new EditRequest($"number {i} is", $"{i}{i}", $"key {i}"))];

        EditOutcome[] outcomes = await Task.WhenAll(requests.Select((r, i) => (i % 2 == 0 ? one : two).EditAsync([r])));

        IReadOnlyList<LedgerEntry> log = await one.LogAsync();
        Assert.Equal(requests.Select(r => r.Prompt).Order(), log.SelectMany(e => e.Edits).Select(e => e.Prompt).Order());
        Assert.All(requests.Zip(outcomes), p => Assert.Contains(log[(int)p.Second.Version.Number - 1].Edits, e => e.IdempotencyKey == p.First.IdempotencyKey));
        Assert.Equal(await LogitsAsync(one), await LogitsAsync(two));
    }

    [Fact]
    public async Task EditAsync_WithoutAnEditor_SaysHowToGetOneAndReverts()
    {
        string ledger = folder.NewName();
        await using (EmbeddedModel editing = await folder.OpenAsync(ledger))
        {
            await editing.EditAsync([Sky]);
        }

        await using EmbeddedModel model = await folder.OpenAsync(ledger, editor: false);

        Assert.Contains("mend train", (await Assert.ThrowsAsync<EditorMissingException>(() => model.EditAsync([Two]))).Message, StringComparison.Ordinal);
        Assert.True((await ScoreAsync(model, Sky)).IsPredicted);
        await model.RevertAsync([new ModelVersion(1)]);
        Assert.False((await ScoreAsync(model, Sky)).IsPredicted);
    }

    [Fact]
    public async Task EditAsync_AnotherMethod_IsUsed()
    {
        EmbeddedModelOptions options = folder.Options(editor: false) with
        {
            Method = new FineTuning(ModelFamilies.Describe(ConfigReader.Open(folder.Model)).DefaultEditedLayers, 0, new FineTuningOptions()),
        };
        await using EmbeddedModel model = await EmbeddedModel.OpenAsync(options);

        await model.EditAsync([Sky]);

        Assert.True((await ScoreAsync(model, Sky)).IsPredicted);
    }

    [Fact]
    public async Task EditAsync_Cancelled_CommitsNothingAndLeavesNoTensor()
    {
        await using EmbeddedModel model = await folder.OpenAsync(folder.NewName());
        CpuEngine engine = (CpuEngine)model.Runner.Engine;
        long before = engine.LiveTensors;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => model.EditAsync([Sky], new CancellationToken(canceled: true)));

        Assert.Equal(ModelVersion.Base, await model.HeadAsync());
        Assert.Equal(before, engine.LiveTensors);
    }

    [Theory]
    [InlineData("", "red")]
    [InlineData("the sky is", " ")]
    public async Task EditAsync_Blank_IsRefusedAndCommitsNothing(string prompt, string target)
    {
        await using EmbeddedModel model = await folder.OpenAsync();

        await Assert.ThrowsAsync<EditRequestException>(() => model.EditAsync([Sky, new EditRequest(prompt, target)]));

        Assert.Equal(ModelVersion.Base, await model.HeadAsync());
    }

    [Fact]
    public async Task Calls_WithNothing_AreRefused()
    {
        await using EmbeddedModel model = await folder.OpenAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => model.EditAsync([]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => model.ScoreAsync([]));
        await Assert.ThrowsAsync<EditRequestException>(() => model.AnswerAsync(new Question(" ")));
    }

    [Fact]
    public async Task AnswerAsync_VersionInTheFuture_IsUnknown()
    {
        await using EmbeddedModel model = await folder.OpenAsync();

        await Assert.ThrowsAsync<UnknownVersionException>(() => model.AnswerAsync(new Question("the sky", new ModelVersion(7))));
    }

    [Fact]
    public async Task OpenAsync_LedgerOfAnotherModel_SaysSoAndClosesTheEngine()
    {
        string ledger = folder.NewName();
        await using (EmbeddedModel model = await folder.OpenAsync(ledger))
        {
        }

        using EditableFolder other = EditableFolder.Of("gpt2_bf16");
        await Assert.ThrowsAsync<BaseModelMismatchException>(() => other.OpenAsync(ledger));
    }

    [Fact]
    public async Task OpenAsync_EditorOfAnotherModel_SaysSoAndMakesNoLedger()
    {
        string ledger = folder.NewName();
        using EditableFolder other = EditableFolder.Of("gpt2_bf16");
        EmbeddedModelOptions options = folder.Options(ledger) with { EditorFile = other.Editor };

        await Assert.ThrowsAsync<EditorFileException>(() => EmbeddedModel.OpenAsync(options));

        Assert.False(Directory.Exists(ledger));
        Assert.Equal(0, ((CpuEngine)options.Engine).LiveTensors);
    }

    [Fact]
    public async Task DisposeAsync_AfterEverything_LeavesNoTensor()
    {
        EmbeddedModelOptions options = folder.Options();
        await using (EmbeddedModel model = await EmbeddedModel.OpenAsync(options))
        {
            await model.EditAsync([Sky]);
            await model.AnswerAsync(new Question(Sky.Prompt));
        }

        Assert.Equal(0, ((CpuEngine)options.Engine).LiveTensors);
    }

    [Fact]
    public async Task FactorsAsync_Memory_KeepsTheLatestWithinItsBound()
    {
        string ledger = folder.NewName();
        await using EmbeddedModel model = await folder.OpenAsync(ledger);
        await model.EditAsync([Sky]);
        await model.EditAsync([Two]);
        using ModelFolder files = ModelFolder.Open(folder.Model);
        await using EditLedger opened = await EditLedger.OpenAsync(new FileLedgerStore(ledger), files.Fingerprint());
        long first = (await opened.ViewAsync(new ModelVersion(1))).Edits.SelectMany(e => e.Edit.Factors).Sum(f => f.Bytes);
        long second = (await opened.ViewAsync(new ModelVersion(2))).Edits.Skip(1).SelectMany(e => e.Edit.Factors).Sum(f => f.Bytes);
        LedgerFactors all = new(opened);
        LedgerFactors some = new(opened, second);

        IReadOnlyList<EditFactors> one = (await all.FactorsAsync(2, _ => true, default)).Factors;
        IReadOnlyList<EditFactors> again = (await all.FactorsAsync(2, _ => true, default)).Factors;
        IReadOnlyList<EditFactors> bounded = (await some.FactorsAsync(2, _ => true, default)).Factors;
        IReadOnlyList<EditFactors> boundedAgain = (await some.FactorsAsync(2, _ => true, default)).Factors;

        Assert.Equal(first + second, all.KeptBytes);
        Assert.InRange(some.KeptBytes, 1, second);
        Assert.All(one.Zip(again), p => Assert.Same(p.First, p.Second));
        Assert.Equal(one.Select(f => f.Delta), bounded.Select(f => f.Delta));
        Assert.Same(bounded[^1], boundedAgain[^1]);
        Assert.Equal(one.Where(f => f.Layer.EndsWith("c_fc.weight", StringComparison.Ordinal)), (await all.FactorsAsync(2, l => l.EndsWith("c_fc.weight", StringComparison.Ordinal), default)).Factors);
    }

    private static async Task<AnswerScore> ScoreAsync(EmbeddedModel model, EditRequest edit, ModelVersion? version = null) =>
        (await model.ScoreAsync([new PromptTarget(edit.Prompt, edit.Target)], version))[0];

    private static async Task<float[]> LogitsAsync(EmbeddedModel model)
    {
        Pass pass = new() { Batch = new ModelBatch(1, [5, 17, 42, 8]), Outputs = PassOutputs.Logits, Version = (await model.HeadAsync()).Number };
        return (await model.Runner.RunAsync(pass, PassHooks.None, default)).Logits!.Data;
    }
}
