using System.Globalization;

namespace Mend.Ledger.CrashHarness;

/// <summary>A child of the race test: says that it is ready, waits for a line, then commits edits as fast as it can.</summary>
internal static class Racer
{
    public static async Task RunAsync(string place, string worker, int edits)
    {
        await using EditLedger ledger = await EditLedger.OpenAsync(Place.Open(place), Script.BaseModel).ConfigureAwait(false);
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync().ConfigureAwait(false);
        for (int edit = 0; edit < edits; edit++)
        {
            EditId id = new($"{worker}-{edit}");
            (ModelVersion version, int lost) = await Script.EditAsync(ledger, id, edit, 0, id.Value).ConfigureAwait(false);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ack {id} {version} {lost}"));
        }

        Console.WriteLine("finished");
    }
}
