using System.Diagnostics;
using System.Globalization;

namespace Mend.Ledger.CrashHarness;

/// <summary>A child of the crash test: goes through the script from its start and acknowledges each operation on standard output.</summary>
internal static class Worker
{
    public static async Task RunAsync(string place, int operations, int life, int dieAt)
    {
        int steps = 0;
        ILedgerStore store = Place.Open(place, _ =>
        {
            if (++steps == dieAt)
            {
                // SIGKILL: nothing is flushed, disposed of or unwound.
                Process.GetCurrentProcess().Kill();
            }
        });
        await using EditLedger ledger = await EditLedger.OpenAsync(store, Script.BaseModel, CrashRun.Options).ConfigureAwait(false);
        await ledger.CollectGarbageAsync().ConfigureAwait(false);
        for (int operation = 0; operation < operations; operation++)
        {
            ModelVersion version = await RunAsync(ledger, operation, life).ConfigureAwait(false);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ack {operation} {version}"));
        }

        Console.WriteLine("finished");
        await Console.In.ReadLineAsync().ConfigureAwait(false);
    }

    private static async Task<ModelVersion> RunAsync(EditLedger ledger, int operation, int life)
    {
        string key = Script.Key(operation);
        if (Script.IsRevert(operation))
        {
            int target = Script.RevertedBy(operation);
            ActiveEdit edit = await ledger.FindAsync(Script.Key(target), Script.Prompt(target), Script.Target(target)).ConfigureAwait(false)
                ?? throw new InvalidOperationException($"Operation {target} is gone.");
            return await ledger.RevertAsync([edit.CommittedAt], key).ConfigureAwait(false);
        }

        return await ledger.FindAsync(key, Script.Prompt(operation), Script.Target(operation)).ConfigureAwait(false) is { } found
            ? found.CommittedAt
            : (await Script.EditAsync(ledger, string.Create(CultureInfo.InvariantCulture, $"e{operation}-{life}"), operation, life, key).ConfigureAwait(false)).Version;
    }
}
