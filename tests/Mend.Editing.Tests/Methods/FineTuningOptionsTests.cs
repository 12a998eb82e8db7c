namespace Mend.Editing.Tests.Methods;

public sealed class FineTuningOptionsTests
{
    [Fact]
    public void Defaults_AreWhatTheDocumentationSays()
    {
        FineTuningOptions options = new();

        Assert.Equal(
            (0.05f, 100, 0.7f, 0f, LocalityPositions.Answer),
            (options.Rate, options.MaxSteps, options.Confidence, options.DivergenceWeight, options.DivergenceAt));
        options.Validate();
    }

    [Fact]
    public void Validate_AllWrong_ReportsAll()
    {
        FineTuningOptions options = new() { Rate = 0, MaxSteps = 0, Confidence = 1, DivergenceWeight = -0.5f };

        Assert.Equal(
            "Settings of fine-tuning are out of range: Rate is 0 and must be above 0; MaxSteps is 0 and must be at least 1; " +
            "Confidence is 1 and must be from 0 to below 1; DivergenceWeight is -0.5 and must be at least 0.",
            Assert.Throws<ArgumentException>(options.Validate).Message);
    }
}
