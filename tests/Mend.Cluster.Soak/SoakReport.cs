using System.Globalization;
using System.Text;

namespace Mend.Cluster.Soak;

/// <summary>What a soak did and found; no problems means that every promise held.</summary>
internal sealed record SoakReport
{
    private const int MostShown = 20;

    public required TimeSpan Took { get; init; }

    /// <summary>Silos killed.</summary>
    public required int Kills { get; init; }

    public required int ClientKills { get; init; }

    public required int PostgresKills { get; init; }

    /// <summary>Cuts of the network.</summary>
    public required int Cuts { get; init; }

    /// <summary>Silos that ended without having been killed.</summary>
    public required int EndedByThemselves { get; init; }

    public required int Edits { get; init; }

    /// <summary>Of these, edits that an earlier request of the same key had committed.</summary>
    public required int Repeated { get; init; }

    public required int Reverts { get; init; }

    public required int Reads { get; init; }

    /// <summary>Calls that failed with an error that says to send them again.</summary>
    public required int Failed { get; init; }

    public required long Versions { get; init; }

    /// <summary>From the return of what was lost until an edit and a read that began after it had succeeded.</summary>
    public required IReadOnlyList<TimeSpan> Returns { get; init; }

    public required IReadOnlyList<string> Problems { get; init; }

    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Took.TotalMinutes:0.0} minutes, {Kills} silos killed, {ClientKills} clients, {PostgresKills} PostgreSQL, {Cuts} links cut; {EndedByThemselves} silos ended by themselves. ");
        text.Append(CultureInfo.InvariantCulture, $"{Edits} edits acknowledged ({Repeated} on a repeated request), {Reverts} reverts, {Versions} versions, {Reads} reads, {Failed} calls failed and said to be sent again. ");
        if (Returns.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"Service back after the return of what was lost: median {Median.TotalSeconds:0.0} s, longest {Returns.Max().TotalSeconds:0.0} s. ");
        }

        text.Append(CultureInfo.InvariantCulture, $"{Problems.Count} problems.");
        foreach (string problem in Problems.Take(MostShown))
        {
            text.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}PROBLEM {problem}");
        }

        return text.ToString();
    }

    private TimeSpan Median => Returns.Order().ElementAt(Returns.Count / 2);
}
