using Mend.Editing.Tests.Methods;

namespace Mend.Editing.Tests.Training;

public sealed class FrozenCacheTests : IDisposable
{
    private readonly Gpt2Fixture _model = new();
    private readonly MendEditor _editor;

    public FrozenCacheTests() => _editor = new MendEditor(_model.Chain.Engine, _model.Architecture, _model.Layers, new EditorOptions { Rank = 4 });

    public void Dispose()
    {
        _editor.Dispose();
        _model.Dispose();
    }

    [Fact]
    public async Task GetAsync_AskedAgain_RunsNoPassAndGivesTheSameObjects()
    {
        WatchedRunner runner = new(_model.Chain);
        FrozenCache cache = Cache(runner, long.MaxValue);
        IReadOnlyList<TrainingExample> first = await cache.GetAsync([3, 1, 3], default);
        int passes = runner.Passes;

        IReadOnlyList<TrainingExample> again = await cache.GetAsync([1, 3], default);

        Assert.Equal(passes, runner.Passes);
        Assert.Equal([first[1], first[0]], again);
        Assert.Same(first[0], first[2]);
        Assert.Equal(first.Distinct().Sum(e => e.ByteLength), cache.ByteLength);
    }

    [Fact]
    public async Task GetAsync_NothingKept_MakesTheSameAgain()
    {
        FrozenCache kept = Cache(_model.Chain, long.MaxValue);
        FrozenCache never = Cache(_model.Chain, 0);
        TrainingExample expected = (await kept.GetAsync([5], default))[0];

        await never.GetAsync([5], default);
        TrainingExample actual = (await never.GetAsync([5], default))[0];

        Assert.Equal(0, never.ByteLength);
        Assert.Equal(expected.Signals.Select(s => s.U), actual.Signals.Select(s => s.U));
        Assert.Equal(expected.Signals.Select(s => s.Delta), actual.Signals.Select(s => s.Delta));
        Assert.Equal(expected.Wanted.Select(s => s.Hidden), actual.Wanted.Select(s => s.Hidden));
        Assert.Equal(expected.Unrelated.Select(s => s.Reference), actual.Unrelated.Select(s => s.Reference));
    }

    [Fact]
    public async Task GetAsync_InOtherCompany_IsTheSameUpToRounding()
    {
        TrainingExample alone = (await Cache(_model.Chain, 0).GetAsync([5], default))[0];
        TrainingExample together = (await Cache(_model.Chain, 0).GetAsync([2, 5, 7, 6], default))[1];

        for (int i = 0; i < alone.Wanted.Count; i++)
        {
            Values.AssertClose(alone.Wanted[i].Hidden, together.Wanted[i].Hidden, 1e-6, 1e-5, $"hidden states {i}");
        }

        Values.AssertClose(alone.Unrelated[0].Reference, together.Unrelated[0].Reference, 1e-5, 1e-5, "reference");
        Assert.All(alone.Signals.Zip(together.Signals), p => Assert.Equal(p.First.KeptRows, p.Second.KeptRows));
    }

    [Fact]
    public async Task GetAsync_MoreThanTheBound_StaysWithinIt()
    {
        long one = (await Cache(_model.Chain, long.MaxValue).GetAsync([0], default))[0].ByteLength;
        FrozenCache cache = Cache(_model.Chain, 3 * one);

        IReadOnlyList<TrainingExample> all = await cache.GetAsync([.. Enumerable.Range(0, 12)], default);

        Assert.Equal(12, all.Count);
        Assert.InRange(cache.ByteLength, one, 3 * one);
    }

    [Fact]
    public async Task Clear_AfterUse_ForgetsEverything()
    {
        WatchedRunner runner = new(_model.Chain);
        FrozenCache cache = Cache(runner, long.MaxValue);
        await cache.GetAsync([0], default);
        int passes = runner.Passes;

        cache.Clear();
        await cache.GetAsync([0], default);

        Assert.Equal(2 * passes, runner.Passes);
    }

    [Fact]
    public async Task GetAsync_Done_LeavesNoTensor()
    {
        long before = _model.LiveTensors;

        await Cache(_model.Chain, long.MaxValue).GetAsync([0, 1], default);

        Assert.Equal(before, _model.LiveTensors);
    }

    private FrozenCache Cache(IPassRunner runner, long bytes) =>
        new(runner, TrainingSetup.Encoder(_model), TrainingSetup.Records, _editor, TrainingSetup.Options with { CacheBytes = bytes });
}
