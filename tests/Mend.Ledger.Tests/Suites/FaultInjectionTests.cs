using Mend.Ledger.CrashHarness;

namespace Mend.Ledger.Tests;

/// <summary>The process dies at the k-th step, for every k; a new one tries again. Exactly one version may result, and no leftovers.</summary>
public abstract class FaultInjectionTests(Func<LedgerSite> newSite)
{
    [StoreTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Edit_StoreFailsAtEveryOperation_CommittedExactlyOnce(bool afterEffect)
    {
        bool failed = true;
        int step = 0;
        while (failed)
        {
            step++;
            await using LedgerSite site = newSite();
            ILedgerStore process = site.Connect();
            FaultyLedgerStore faulty = new(process, step, afterEffect);
            await TryAsync(() => faulty);
            failed = faulty.Failed;
            if (failed)
            {
                await process.DisposeAsync();
            }

            await CheckRecoveryAsync(site, $"operation {step}");
        }

        Assert.True(step > 10, $"Only {step} operations were tried.");
    }

    /// <summary>The same inside the store: at each of its own steps.</summary>
    /// <param name="leastSteps">A store in one step has nothing to show here.</param>
    /// <param name="checkLeftovers">Looks, in the end, at what the dead process may have left of other things than staged factors.</param>
    protected async Task DieAtEveryStepAsync(int leastSteps, Func<LedgerSite, Task> checkLeftovers)
    {
        bool failed = true;
        int step = 0;
        while (failed)
        {
            step++;
            await using LedgerSite site = newSite();
            int steps = 0;
            string died = string.Empty;
            ILedgerStore process = site.Connect(step: name =>
            {
                // Once dead, it stays dead.
                died = ++steps == step ? name : died;
                if (died.Length > 0)
                {
                    throw new InjectedFaultException();
                }
            });
            await TryAsync(() => process);
            failed = died.Length > 0;
            if (failed)
            {
                await process.DisposeAsync();
            }

            await CheckRecoveryAsync(site, $"step {step}, {died}");
            await checkLeftovers(site);
        }

        Assert.True(step > leastSteps, $"Only {step} steps were tried.");
    }

    private static async Task TryAsync(Func<ILedgerStore> open)
    {
        try
        {
            EditLedger ledger = await EditLedger.OpenAsync(open(), Script.BaseModel);
            await Script.EditAsync(ledger, "first", operation: 1, life: 0, Script.Key(1));
            ModelVersion version = await ledger.HeadAsync();
            await ledger.RevertAsync([version], "revert");
            await ledger.RevertAsync([version.Next], "bring back");
            await ledger.CollectGarbageAsync();
        }
        catch (InjectedFaultException)
        {
            // The process is gone.
        }
    }

    private static async Task CheckRecoveryAsync(LedgerSite site, string where)
    {
        // What was left over is old by now.
        LaterClock time = new(TimeSpan.FromDays(1));
        await using ILedgerStore store = site.Connect(time);
        EditLedger ledger = await EditLedger.OpenAsync(store, Script.BaseModel, time: time);
        await Script.EditAsync(ledger, "second", operation: 1, life: 1, Script.Key(1));
        await ledger.RevertAsync([new ModelVersion(1)], "revert");
        await ledger.RevertAsync([new ModelVersion(2)], "bring back");
        await ledger.CollectGarbageAsync();
        await ledger.Tidied;

        IReadOnlyList<LedgerEntry> entries = await ledger.EntriesAsync();
        Assert.True(entries.Count == 3, $"{entries.Count} versions after a death at {where}.");
        CommittedEdit edit = Assert.Single((await ledger.ViewAsync(new ModelVersion(3))).Edits).Edit;
        Assert.Equal(4, (await ledger.LoadFactorsAsync(edit.Factors)).Count);
        IReadOnlyList<StagedFactors> staged = await store.ListStagedAsync(CancellationToken.None);
        Assert.Equal(edit.Factors.Select(factor => factor.Key).ToHashSet(), staged.Select(file => file.Key).ToHashSet());
    }
}
