namespace Mend.Cluster.Soak;

/// <summary>What is killed.</summary>
internal enum Victim
{
    Silo,
    TwoSilos,
    Client,
    Postgres,
    Link,
}

/// <summary>One kill.</summary>
/// <param name="At">When, from the beginning of the load on.</param>
/// <param name="Victim">What.</param>
/// <param name="Number">Which silo, client or link.</param>
/// <param name="Away">How long a silo is left dead, or a link cut.</param>
internal sealed record Kill(TimeSpan At, Victim Victim, int Number, TimeSpan Away);

/// <summary>All kills of a soak, from its seed.</summary>
internal static class KillSchedule
{
    private static readonly TimeSpan LongestAway = TimeSpan.FromSeconds(2);

    public static IReadOnlyList<Kill> Of(SoakOptions options)
    {
        Random random = new(options.Seed);
        List<Kill> kills = [];
        for (int left = options.Kills; left > 0;)
        {
            bool two = left > 1 && random.NextDouble() < options.Pairs;
            kills.Add(Next(two ? Victim.TwoSilos : Victim.Silo, Processes.Site.Silos));
            left -= two ? 2 : 1;
        }

        kills.AddRange(Enumerable.Range(0, options.ClientKills).Select(_ => Next(Victim.Client, options.Clients)));
        kills.AddRange(Enumerable.Range(0, options.PostgresKills).Select(_ => Next(Victim.Postgres, 1)));
        kills.AddRange(Enumerable.Range(0, options.Cuts).Select(i => Next(Victim.Link, 1) with { Number = i % Processes.Link.All.Count, Away = options.CutFor }));
        return [.. kills.OrderBy(k => k.At)];

        Kill Next(Victim victim, int of) => new(random.NextDouble() * options.Duration, victim, random.Next(of), random.NextDouble() * LongestAway);
    }
}
