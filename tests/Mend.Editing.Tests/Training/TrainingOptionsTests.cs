namespace Mend.Editing.Tests.Training;

public sealed class TrainingOptionsTests
{
    public static TheoryData<TrainingOptions, string> Wrong => new()
    {
        { new TrainingOptions { Steps = 0 }, "Steps" },
        { new TrainingOptions { EditsPerStep = 0 }, "EditsPerStep" },
        { new TrainingOptions { EditsPerPass = 0 }, "EditsPerPass" },
        { new TrainingOptions { RephrasesPerEdit = -1 }, "RephrasesPerEdit" },
        { new TrainingOptions { LocalityPerEdit = -1 }, "LocalityPerEdit" },
        { new TrainingOptions { Rate = 0 }, "Rate" },
        { new TrainingOptions { StepRate = -1e-4f }, "StepRate" },
        { new TrainingOptions { VectorRateFactor = -1 }, "VectorRateFactor" },
        { new TrainingOptions { Warmup = 1 }, "Warmup" },
        { new TrainingOptions { Clip = 0 }, "Clip" },
        { new TrainingOptions { EditWeight = -1 }, "EditWeight" },
        { new TrainingOptions { LocalityWeight = -1 }, "LocalityWeight" },
        { new TrainingOptions { StatisticsEdits = -1 }, "StatisticsEdits" },
        { new TrainingOptions { ValidateEvery = 0 }, "ValidateEvery" },
        { new TrainingOptions { ValidationEdits = -1 }, "ValidationEdits" },
        { new TrainingOptions { Patience = -1 }, "Patience" },
        { new TrainingOptions { CacheBytes = -1 }, "CacheBytes" },
        { new TrainingOptions { MaxDuration = TimeSpan.Zero }, "MaxDuration" },
        { new TrainingOptions { IncludePrompt = false, RephrasesPerEdit = 0 }, "nothing to learn from" },
        { new TrainingOptions { StatisticsEdits = 0 }, "MovingStatistics" },
    };

    [Fact]
    public void Defaults_AreWhatTrainsBest()
    {
        Assert.Equal(
            new TrainingOptions
            {
                Steps = 600,
                EditsPerStep = 8,
                EditsPerPass = 8,
                Rate = 2e-4f,
                VectorRateFactor = 5,
                StepRate = 1e-4f,
                Warmup = 0.02f,
                Decay = true,
                Clip = 1,
                EditWeight = 0.1f,
                LocalityWeight = 1,
                IncludePrompt = true,
                RephrasesPerEdit = 3,
                LocalityPerEdit = 6,
                LocalityPositions = LocalityPositions.Answer,
                StatisticsEdits = 2048,
                MovingStatistics = false,
                FirstStepTakesOneMore = false,
                ValidateEvery = 100,
                ValidationEdits = 200,
                SelectByLoss = false,
                Patience = 0,
                MaxDuration = null,
                CacheBytes = 4L << 30,
                Seed = 1,
            },
            new TrainingOptions());
        new TrainingOptions().Validate();
    }

    [Fact]
    public void Paper_IsTheAuthorsRecipe()
    {
        TrainingOptions paper = TrainingOptions.Paper;

        Assert.Equal((10, 1, 1e-6f, 1e-6f, 1f), (paper.EditsPerStep, paper.EditsPerPass, paper.Rate, paper.StepRate, paper.VectorRateFactor));
        Assert.Equal((0.1f, 1f, 100f, false, 0f), (paper.EditWeight, paper.LocalityWeight, paper.Clip, paper.Decay, paper.Warmup));
        Assert.Equal((false, 1, 1, LocalityPositions.All), (paper.IncludePrompt, paper.RephrasesPerEdit, paper.LocalityPerEdit, paper.LocalityPositions));
        Assert.Equal((0, true, true, true, 20), (paper.StatisticsEdits, paper.MovingStatistics, paper.FirstStepTakesOneMore, paper.SelectByLoss, paper.Patience));
        paper.Validate();
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Validate_WrongValue_NamesIt(TrainingOptions options, string named) =>
        Assert.Contains(named, Assert.ThrowsAny<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
}
