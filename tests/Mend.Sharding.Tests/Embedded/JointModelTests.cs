using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using CsCheck;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests.Embedded;

/// <summary>Edits that are solved together, through the road of every edit: a version is its set of live edits.</summary>
public sealed class JointModelTests(JointFolder shared) : IClassFixture<JointFolder>
{
    /// <summary>
    /// Prompts of several lengths, so that batches pad; with and without their subject. Forced: random weights do not become sure of all.
    /// </summary>
    private static readonly EditRequest[] Six = [.. new EditRequest[]
    {
        new("the sky is", "red") { Subject = "sky" },
        new("two and two", "5"),
        new("a cat says", "moo") { Subject = "cat" },
        new("the king of the old town is", "T") { Subject = "king" },
        new("look at the moon", "7") { Subject = "moon" },
        new("there runs a river", "up") { Subject = "river" },
    }.Select(e => e with { Force = true })];

    /// <summary>The one that the model becomes sure of.</summary>
    private static readonly EditRequest Moon = Six[4] with { Force = false };

    private EditableFolder Folder => shared.Folder;

    [Fact]
    public async Task EditAsync_Alone_MakesTheAnswerFarMoreLikely()
    {
        foreach (EditRequest edit in Six)
        {
            await using EmbeddedModel model = await Folder.OpenAsync();
            Assert.False((await ScoreAsync(model, edit)).IsPredicted);

            EditOutcome outcome = await model.EditAsync([edit]);

            string[] guard = edit.Force ? [] : ["guard"];
            Assert.Equal(["queue", "gradient", "contribute", .. guard, "prepare", "commit", "publish"], outcome.Stages.Select(s => s.Stage));
            double probability = (await ScoreAsync(model, edit)).Probability, before = (await ScoreAsync(model, edit, ModelVersion.Base)).Probability;
            Assert.True(probability > 100 * before, $"{edit.Prompt}: {probability} from {before}");
        }
    }

    /// <summary>Where the model can be made so sure, and hardly anything else uses the layers' inputs.</summary>
    [Fact]
    public async Task EditAsync_Alone_IsAsSureAsWanted()
    {
        await using EmbeddedModel model = await Folder.OpenAsync();

        await model.EditAsync([Moon]);

        AnswerScore score = await ScoreAsync(model, Moon);
        Assert.True(score.IsPredicted);
        Assert.InRange(score.Probability, 0.85 * EditableFolder.JointSettings.Confidence, 1);
    }

    [Fact]
    public async Task EditAsync_AnswerThatWouldNotBeGiven_IsNotCommittedUnlessForced()
    {
        await using EmbeddedModel model = await Folder.OpenAsync();
        EditRequest hopeless = Six[2] with { Force = false };

        EditRejectedException error = await Assert.ThrowsAsync<EditRejectedException>(() => model.EditAsync([hopeless]));

        Assert.Contains(hopeless.Prompt, error.Message, StringComparison.Ordinal);
        Assert.Contains("would not give the answer", error.Message, StringComparison.Ordinal);
        Assert.Equal(ModelVersion.Base, await model.HeadAsync());
        Assert.Equal(new ModelVersion(1), (await model.EditAsync([hopeless with { Force = true }])).Version);
        Assert.True((await model.LogAsync())[0].Edits[0].Forced);
    }

    /// <summary>What dashboards tell of the guard: its refusals, and how many answers edits would change that they should not.</summary>
    [Fact]
    public async Task EditAsync_LookedAt_IsMeasured()
    {
        ConcurrentBag<(string Name, double Value, object? Tag)> measured = [];
        await using EmbeddedModel model = await Folder.OpenAsync();
        await model.EditAsync([Moon]);
        using MeterListener meters = new() { InstrumentPublished = (instrument, listener) => Listen(instrument, listener) };
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => measured.Add((instrument.Name, value, tags.IsEmpty ? null : tags[0].Value)));
        meters.Start();

        await Assert.ThrowsAsync<EditRejectedException>(() => model.EditAsync([Six[2] with { Force = false }]));

        Assert.Contains(measured, m => m.Name == "mend.edit.drift" && m.Value is >= 0 and <= 1);
        Assert.Contains(measured, m => m.Name == "mend.edit.duration" && Equals(m.Tag, "rejected"));

        static void Listen(Instrument instrument, MeterListener listener)
        {
            if (instrument.Meter.Name == ShardingTelemetry.Name)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        }
    }

    [Fact]
    public async Task EditAsync_BatchWithOneThatWouldNotBeGiven_CommitsTheOthersAlone()
    {
        EditRequest hopeless = Six[2] with { Force = false };
        await using EmbeddedModel model = await Folder.OpenAsync();

        EditOutcome outcome = await model.EditAsync([hopeless, Moon]);

        Assert.Equal((hopeless.Prompt, hopeless.Target), Assert.Single(outcome.Rejected.Select(r => (r.Prompt, r.Target))));
        Assert.Equal([Moon.Prompt], (await model.LogAsync()).SelectMany(e => e.Edits).Select(e => e.Prompt));
        (float[] bits, _) = await VersionAsync([[Moon]]);
        Assert.Equal(bits, await BitsAsync(model));
    }

    [Fact]
    public async Task PreviewAsync_Guarded_TellsWhatTheGuardWouldSayAtTheCommit()
    {
        await using EmbeddedModel model = await Folder.OpenAsync();
        await model.EditAsync([Moon]);
        EditRequest hopeless = Six[2] with { Force = false };

        GuardReport? guard = (await model.PreviewAsync([hopeless], guarded: true, default)).Guard;
        GuardReport? again = (await model.PreviewAsync([Moon], guarded: true, default)).Guard;
        EditRejectedException refused = await Assert.ThrowsAsync<EditRejectedException>(() => model.EditAsync([hopeless]));

        Assert.Equal((1, 1), (guard!.Looked, guard.Tolerated));
        Assert.Contains(Assert.Single(guard.Faults), refused.Message, StringComparison.Ordinal);
        Assert.All(guard.Changed, c => Assert.Equal((Moon.Prompt, Moon.Target, false), (c.Prompt, c.Answer, c.IsProtected)));
        Assert.Empty(again!.Faults);
        Assert.Null((await model.PreviewAsync([hopeless])).Guard);
        Assert.Equal(new ModelVersion(1), await model.HeadAsync());
    }

    /// <summary>The same set one by one, in any order, and as one batch.</summary>
    [Fact]
    public async Task EditAsync_SameEditsInAnyOrder_AreTheSameVersion()
    {
        (float[] expected, float[] logits) = await VersionAsync(Six.Select(e => (EditRequest[])[e]));
        foreach (EditRequest[] order in Gen.Shuffle(Six).Take(2, seed: 5))
        {
            (float[] bits, float[] answers) = await VersionAsync(order.Select(e => (EditRequest[])[e]));
            Assert.Equal(expected, bits);
            Assert.Equal(logits, answers);
        }

        (float[] batch, float[] batchAnswers) = await VersionAsync([[.. Six.Reverse()]]);
        Assert.Equal(expected, batch);
        Assert.Equal(logits, batchAnswers);
    }

    [Fact]
    public async Task RevertAsync_TwoOfSix_GivesTheBitsOfNeverHavingMadeThem()
    {
        await using EmbeddedModel model = await Folder.OpenAsync();
        foreach (EditRequest edit in Six)
        {
            await model.EditAsync([edit]);
        }

        await model.RevertAsync([new ModelVersion(2), new ModelVersion(5)]);

        (float[] bits, float[] logits) = await VersionAsync(Six.Where((_, i) => i is not (1 or 4)).Select(e => (EditRequest[])[e]));
        Assert.Equal(bits, await BitsAsync(model));
        Assert.Equal(logits, await LogitsAsync(model));
    }

    [Fact]
    public async Task EditAsync_Shards_DoNotMatter()
    {
        (float[] bits, float[] logits) = await VersionAsync([Six], shards: 1);

        (float[] sharded, float[] answers) = await VersionAsync([Six], shards: 3);

        Assert.Equal(bits, sharded);
        Assert.Equal(logits, answers);
    }

    [Fact]
    public async Task PreviewAsync_OnTopOfOthers_AnswersAsTheCommitWould()
    {
        await using EmbeddedModel model = await Folder.OpenAsync();
        await model.EditAsync([Six[0], Six[1]]);

        EditDraft draft = await model.PreviewAsync([Six[2], Six[3]]);
        float[] preview = await LogitsAsync(model, draft.Factors);
        Assert.Equal(new ModelVersion(1), await model.HeadAsync());
        await model.EditAsync([Six[2], Six[3]]);

        Assert.NotEqual(preview, await LogitsAsync(model, version: 1));
        Assert.Equal(preview, await LogitsAsync(model));
    }

    [Fact]
    public async Task EditAsync_SamePromptAgain_TakesTheEarlierOnesPlace()
    {
        await using EmbeddedModel model = await Folder.OpenAsync();
        EditRequest first = Six[4], second = Six[4] with { Target = "g" };

        await model.EditAsync([first]);
        Assert.True((await ScoreAsync(model, first)).IsPredicted);
        await model.EditAsync([second]);
        Assert.False((await ScoreAsync(model, first)).IsPredicted);
        double sure = (await ScoreAsync(model, second)).Probability;
        Assert.True(sure > 100 * (await ScoreAsync(model, second, ModelVersion.Base)).Probability, $"{sure}");
        await model.EditAsync([Six[1]]);

        (float[] bits, float[] logits) = await VersionAsync([[Six[1], second]]);
        Assert.Equal(bits, await BitsAsync(model));
        Assert.Equal(logits, await LogitsAsync(model));
        await model.RevertAsync([new ModelVersion(2), new ModelVersion(3)]);
        Assert.True((await ScoreAsync(model, first)).IsPredicted);
    }

    [Fact]
    public async Task EditAsync_Rephrases_GetTheAnswerToo()
    {
        EditRequest edit = Six[4] with { Rephrases = ["see, a moon", "that is the moon"] };
        await using EmbeddedModel alone = await Folder.OpenAsync();
        await using EmbeddedModel together = await Folder.OpenAsync();

        await alone.EditAsync([Six[4]]);
        await together.EditAsync([edit]);

        foreach (string prompt in edit.Rephrases.Prepend(edit.Prompt))
        {
            EditRequest asked = new(prompt, edit.Target);
            Assert.True((await ScoreAsync(together, asked)).Probability > 10 * (await ScoreAsync(together, asked, ModelVersion.Base)).Probability, prompt);
        }

        Assert.Equal(3, (await together.FactorsAsync(new ModelVersion(1)))[0].Rank);
        Assert.Equal(1, (await alone.FactorsAsync(new ModelVersion(1)))[0].Rank);
        Assert.True(
            (await ScoreAsync(together, new EditRequest(edit.Rephrases[0], edit.Target))).Probability
            > (await ScoreAsync(alone, new EditRequest(edit.Rephrases[0], edit.Target))).Probability);
    }

    [Fact]
    public async Task WriteAsync_OfAVersion_AnswersAsIt()
    {
        string exported = Folder.NewName();
        float[] expected;
        await using (EmbeddedModel model = await Folder.OpenAsync())
        {
            await model.EditAsync([.. Six[..3]]);
            await model.EditAsync([Six[3]]);
            expected = await LogitsAsync(model);
            EditedCheckpoint.Write(model.Folder, await model.FactorsAsync(await model.HeadAsync()), model.Engine, exported, asFloat32: true, default);
        }

        await using EmbeddedModel written = await EmbeddedModel.OpenAsync(new EmbeddedModelOptions { ModelFolder = exported, Engine = new CpuEngine(new CpuEngineOptions { Threads = 1 }) });

        float[] actual = await LogitsAsync(written);
        Values.AssertClose(expected, actual, 1e-4, 1e-4);
    }

    [Fact]
    public async Task OpenAsync_TheLedgerAgain_AnswersWithTheSameBits()
    {
        string ledger = Folder.NewName();
        float[] edited, bits;
        await using (EmbeddedModel model = await Folder.OpenAsync(ledger))
        {
            await model.EditAsync([Six[0], Six[1]]);
            await model.EditAsync([Six[2]]);
            (edited, bits) = (await LogitsAsync(model), await BitsAsync(model));
        }

        await using EmbeddedModel reopened = await Folder.OpenAsync(ledger, editor: false, shards: 4);

        Assert.Equal(bits, await BitsAsync(reopened));
        Assert.Equal(edited, await LogitsAsync(reopened));
        Assert.All((await reopened.LogAsync()).SelectMany(e => e.Edits).SelectMany(e => e.Factors), f => Assert.Equal("joint", f.Algorithm));
    }

    [Theory]
    [InlineData("the sky is", "sea", null, "does not stand in its prompt;")]
    [InlineData("the sky is", "sky", "the heavens are", "does not stand in its rephrase 1;")]
    [InlineData("x", null, null, "prompt of an edit is a single token")]
    [InlineData("the sky is", null, "x", "rephrase 1 of an edit is a single token")]
    [InlineData(" ", null, null, "both needed")]
    public async Task EditAsync_RequestThatCannotBeUsed_IsRefusedAndCommitsNothing(string prompt, string? subject, string? rephrase, string message)
    {
        await using EmbeddedModel model = await Folder.OpenAsync();
        EditRequest wrong = new(prompt, "red") { Subject = subject, Rephrases = rephrase is null ? [] : [rephrase] };

        EditRequestException error = await Assert.ThrowsAsync<EditRequestException>(() => model.EditAsync([Six[1], wrong]));

        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(ModelVersion.Base, await model.HeadAsync());
    }

    [Fact]
    public async Task EditAsync_RephrasesWithNetworks_SayWhichEditorTakesThem()
    {
        using EditableFolder networks = new();
        await using EmbeddedModel model = await networks.OpenAsync();

        EditRequestException error = await Assert.ThrowsAsync<EditRequestException>(() => model.EditAsync([Six[0] with { Rephrases = ["a sky is"] }]));

        Assert.Contains("--method joint", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisposeAsync_AfterEverything_LeavesNoTensor()
    {
        EmbeddedModelOptions options = Folder.Options();
        await using (EmbeddedModel model = await EmbeddedModel.OpenAsync(options))
        {
            EditDraft draft = await model.PreviewAsync([Six[1]]);
            await LogitsAsync(model, draft.Factors);
            await model.EditAsync([Six[0], Six[1]]);
            await model.RevertAsync([new ModelVersion(1)]);
            await LogitsAsync(model);
        }

        Assert.Equal(0, ((CpuEngine)options.Engine).LiveTensors);
    }

    /// <summary>A consolidation is a version of its own: of the set of edits, taken back alone, and gone with the first edit it is for.</summary>
    [Fact]
    public async Task ConsolidateAsync_LiveEdits_CountsWhileTheyAreLive()
    {
        await using EmbeddedModel one = await Folder.OpenAsync();
        await using EmbeddedModel other = await Folder.OpenAsync();
        ConsolidationOptions options = new() { Steps = 5 };
        await one.EditAsync([Six[0]]);
        await one.EditAsync([Six[4]]);
        (float[] bits, float[] logits) = (await BitsAsync(one), await LogitsAsync(one));
        await other.EditAsync([Six[4], Six[0]]);

        ConsolidationOutcome outcome = await one.ConsolidateAsync(options);
        await other.ConsolidateAsync(options);

        Assert.Equal((new ModelVersion(3), 2), (outcome.Version, outcome.Edits));
        float[] consolidated = await LogitsAsync(one);
        Assert.NotEqual(logits, consolidated);
        Assert.Equal(consolidated, await LogitsAsync(other));
        await one.RevertAsync([new ModelVersion(3)]);
        Assert.Equal(bits, await BitsAsync(one));
        await one.RevertAsync([new ModelVersion(4)]);
        Assert.Equal(consolidated, await LogitsAsync(one));
        await one.RevertAsync([new ModelVersion(1)]);
        (_, float[] alone) = await VersionAsync([[Six[4]]]);
        Assert.Equal(alone, await LogitsAsync(one));
    }

    /// <summary>An edit is drafted on the base; what a consolidation does at its key is taken off what it asks for.</summary>
    [Fact]
    public async Task EditAsync_BehindAConsolidation_GetsItsAnswerAllTheSame()
    {
        await using EmbeddedModel model = await Folder.OpenAsync();
        await model.EditAsync([Six[0], Six[2], Six[5]]);
        await model.ConsolidateAsync(new ConsolidationOptions { Steps = 5 });

        await model.EditAsync([Moon]);

        AnswerScore score = await ScoreAsync(model, Moon);
        Assert.True(score.IsPredicted);
        IReadOnlyList<EditFactors> factors = await model.FactorsAsync(await model.HeadAsync());
        Assert.Equal(3 * EditableFolder.JointLayers.Length, factors.TakeWhile(f => f.Joint is not null).Count());
        Assert.All(factors.TakeLast(EditableFolder.JointLayers.Length), f => Assert.NotNull(f.Joint));
        Assert.Contains(factors, f => f.Joint is null);
    }

    [Fact]
    public async Task ConsolidateAsync_NoLiveEdit_IsRefused()
    {
        await using EmbeddedModel model = await Folder.OpenAsync();

        Assert.Contains("nothing to consolidate", (await Assert.ThrowsAsync<EditRequestException>(() => model.ConsolidateAsync(new ConsolidationOptions()))).Message, StringComparison.Ordinal);
    }

    /// <summary>What a version does and says, when its edits are committed in these batches.</summary>
    private async Task<(float[] Bits, float[] Logits)> VersionAsync(IEnumerable<EditRequest[]> batches, int shards = 2)
    {
        await using EmbeddedModel model = await Folder.OpenAsync(shards: shards);
        foreach (EditRequest[] batch in batches)
        {
            await model.EditAsync(batch);
        }

        return (await BitsAsync(model), await LogitsAsync(model));
    }

    private static async Task<float[]> BitsAsync(EmbeddedModel model) =>
        [.. JointSolve.Resolve(await model.FactorsAsync(await model.HeadAsync())).OrderBy(c => c.Layer, StringComparer.Ordinal).SelectMany(c => c.U.Concat(c.Delta).Append(c.Step))];

    private static async Task<AnswerScore> ScoreAsync(EmbeddedModel model, EditRequest edit, ModelVersion? version = null) =>
        (await model.ScoreAsync([new PromptTarget(edit.Prompt, edit.Target)], version))[0];

    private static async Task<float[]> LogitsAsync(EmbeddedModel model, IReadOnlyList<EditFactors>? preview = null, long? version = null)
    {
        Pass pass = new()
        {
            Batch = new ModelBatch(1, [5, 17, 42, 8]),
            Outputs = PassOutputs.Logits,
            Version = version ?? (await model.HeadAsync()).Number,
            Preview = preview ?? [],
        };
        return (await model.Runner.RunAsync(pass, PassHooks.None, default)).Logits!.Data;
    }
}
