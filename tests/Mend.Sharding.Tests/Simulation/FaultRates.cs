namespace Mend.Sharding.Tests.Simulation;

/// <summary>How rough a schedule is, each as the probability of one fault at one step. Some schedules lack some kinds altogether.</summary>
internal sealed record FaultRates
{
    public static readonly FaultRates None = new();

    public double Lost { get; init; }

    public double Repeated { get; init; }

    public double Slow { get; init; }

    public double Store { get; init; }

    /// <summary>That the store takes seconds for an operation.</summary>
    public double SlowStore { get; init; }

    public double Crash { get; init; }

    /// <summary>That a client gives up on a call before it has to.</summary>
    public double GiveUp { get; init; }

    public int Collections { get; init; }

    public static FaultRates Draw(Random random)
    {
        double UpTo(double most) => random.Next(4) == 0 ? 0 : most * random.NextDouble();
        return new FaultRates
        {
            Lost = UpTo(0.06),
            Repeated = UpTo(0.1),
            Slow = UpTo(0.08),
            Store = UpTo(0.1),
            Crash = UpTo(0.012),
            SlowStore = UpTo(0.05),
            GiveUp = UpTo(0.3),
            Collections = random.Next(5),
        };
    }
}
