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
            string name = string.Create(CultureInfo.InvariantCulture, $"{worker}-{edit}");
            (ModelVersion version, int lost) = await Script.EditAsync(ledger, name, edit, 0, name).ConfigureAwait(false);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ack {name} {version} {lost}"));
        }

        Console.WriteLine("finished");
    }
}
