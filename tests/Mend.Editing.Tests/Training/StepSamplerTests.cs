namespace Mend.Editing.Tests.Training;

public sealed class StepSamplerTests
{
    [Theory]
    [InlineData(40, 8, 5)]
    [InlineData(20, 8, 3)]
    [InlineData(3, 8, 1)]
    [InlineData(300, 1, 300)]
    [InlineData(133, 4, 34)]
    public void ForStep_AnEpoch_UsesEveryEditOnce(int edits, int perStep, int steps)
    {
        StepSampler sampler = Sampler(edits, new TrainingOptions { EditsPerStep = perStep });
        for (int epoch = 0; epoch < 3; epoch++)
        {
            int[][] chosen = [.. Enumerable.Range(epoch * steps, steps).Select(sampler.ForStep)];

            Assert.Equal(Enumerable.Range(0, edits), chosen.SelectMany(s => s).Order());
            Assert.All(chosen, s => Assert.InRange(s.Length, 1, perStep));
            Assert.Equal(edits % perStep == 0 ? 0 : 1, chosen.Count(s => s.Length != perStep));
        }
    }

    [Fact]
    public void ForStep_SameSeed_SameEditsInAnyOrderOfAsking()
    {
        StepSampler one = Sampler(50, new TrainingOptions { Seed = 4 });
        StepSampler two = Sampler(50, new TrainingOptions { Seed = 4 });

        int[][] forward = [.. Enumerable.Range(0, 20).Select(one.ForStep)];
        int[][] backward = [.. Enumerable.Range(0, 20).Reverse().Select(two.ForStep).Reverse()];

        Assert.Equal(forward, backward);
    }

    [Fact]
    public void ForStep_OtherSeedOrEpoch_OtherOrder()
    {
        StepSampler one = Sampler(50, new TrainingOptions { Seed = 4 });
        StepSampler other = Sampler(50, new TrainingOptions { Seed = 5 });

        Assert.NotEqual(one.ForStep(0), other.ForStep(0));
        Assert.NotEqual(one.ForStep(0), one.ForStep(7));
    }

    [Fact]
    public void ForStep_OneMoreInTheFirst_AddsAPassOfOtherEdits()
    {
        StepSampler plain = Sampler(50, new TrainingOptions { EditsPerStep = 10, EditsPerPass = 1 });
        StepSampler more = Sampler(50, new TrainingOptions { EditsPerStep = 10, EditsPerPass = 1, FirstStepTakesOneMore = true });

        Assert.Equal(plain.ForStep(0), more.ForStep(0)[..10]);
        Assert.Equal(11, more.ForStep(0).Distinct().Count());
        Assert.Equal(plain.ForStep(1), more.ForStep(1));
    }

    [Fact]
    public void ForStep_LikeLengths_ShareAStep()
    {
        StepSampler sampler = new([.. Enumerable.Range(0, 64).Select(i => Record(i, new string('x', i)))], new TrainingOptions { EditsPerStep = 8 });

        Assert.All(Enumerable.Range(0, 8), step => Assert.Equal(7, sampler.ForStep(step).Max() - sampler.ForStep(step).Min()));
    }

    [Fact]
    public void ForStep_EditsWithNothingBesideThePrompt_Work() =>
        Assert.Equal([0], new StepSampler([new EditRecord { Id = "1", Prompt = "p", Target = "t" }], new TrainingOptions()).ForStep(0));

    [Fact]
    public void ForStatistics_MoreThanThereAre_TakesAll()
    {
        Assert.Equal(Enumerable.Range(0, 9), Sampler(9, new TrainingOptions { StatisticsEdits = 20 }).ForStatistics().Order());
        Assert.Equal(4, Sampler(9, new TrainingOptions { StatisticsEdits = 4 }).ForStatistics().Distinct().Count());
    }

    [Theory]
    [InlineData(true, 2, 3, 5)]
    [InlineData(false, 2, 2, 5)]
    [InlineData(true, 0, 1, 0)]
    public void Choose_AnyEdit_GivesAsManySequencesAsAskedFor(bool prompt, int rephrases, int wanted, int unrelated)
    {
        TrainingOptions options = new() { IncludePrompt = prompt, RephrasesPerEdit = rephrases, LocalityPerEdit = unrelated };
        StepSampler sampler = Sampler(9, options);
        TrainingExample many = Example(4, 6);
        TrainingExample few = Example(1, 1);

        var chosen = sampler.Choose(3, 0, [many, few]);

        Assert.All(chosen, c => Assert.Equal((wanted, unrelated), (c.Wanted.Count, c.Unrelated.Count)));
        Assert.All(chosen[0].Wanted, s => Assert.Contains(s, many.Wanted));
        Assert.Equal(wanted, chosen[0].Wanted.Distinct().Count());
        Assert.Equal(unrelated, chosen[0].Unrelated.Distinct().Count());
        Assert.True(!prompt || ReferenceEquals(chosen[0].Wanted[0], many.Prompt), "The prompt counts and is not the first.");
        Assert.Equal(chosen.Select(c => c.Wanted), sampler.Choose(3, 0, [many, few]).Select(c => c.Wanted));
    }

    private static StepSampler Sampler(int edits, TrainingOptions options) =>
        new([.. Enumerable.Range(0, edits).Select(i => Record(i, "same length"))], options);

    private static EditRecord Record(int number, string prompt) => new() { Id = $"{number}", Prompt = prompt, Target = "t", Rephrases = ["r"] };

    private static TrainingExample Example(int wanted, int unrelated)
    {
        FrozenSequence[] sequences = [.. Enumerable.Range(0, wanted + unrelated).Select(i =>
            new FrozenSequence(new EncodedExample { InputIds = [i], TargetRows = [0], TargetTokens = [0] }, [i], null, [], []))];
        return new TrainingExample { Signals = [], Prompt = sequences[0], Wanted = sequences[..wanted], Unrelated = sequences[wanted..] };
    }
}
