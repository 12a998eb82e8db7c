using System.Collections.Concurrent;
using Mend.Editing;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Mend.Cluster.Tests.Wire;

public sealed class LeakTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private const string Marker = "marked";

    /// <summary>Orleans logs requests with their arguments when they are lost, late or rejected, and puts the same into its exceptions.</summary>
    [Fact]
    public async Task Logs_OfCallsThatFailAndSilosThatDie_HoldNoPromptAndNoAnswer()
    {
        Lines lines = new();
        await using TinyCluster cluster = await TinyCluster.StartAsync(
            folder, also: silo => silo.Services.AddLogging(log => log.ClearProviders().AddProvider(lines).SetMinimumLevel(LogLevel.Trace)));
        EditRequest edit = new($"the {Marker} sky is", $"{Marker}ed", Guid.NewGuid().ToString("n")) { Subject = $"{Marker} sky" };
        SiloAddress? home = await cluster.Silos.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(cluster.Silos.Client.GetGrain<ICoordinatorGrain>("default"));
        InProcessSiloHandle victim = cluster.Silos.Silos.Single(s => s.SiloAddress.Equals(home));
        List<Exception?> faults = [];

        faults.Add(await Record.ExceptionAsync(() => cluster.Model.EditAsync([edit with { Prompt = string.Concat(Enumerable.Repeat(Marker, 90)), Subject = null, IdempotencyKey = null }])));
        faults.Add(await Record.ExceptionAsync(() => cluster.Model.AnswerAsync(new Question(Marker, new Mend.Ledger.ModelVersion(99)))));
        Task<EditOutcome> sent = cluster.Model.EditAsync([edit]);
        await cluster.Silos.KillSiloAsync(victim);
        await cluster.Silos.StartAdditionalSiloAsync();
        await sent;
        EditDraft draft = await cluster.Model.PreviewAsync([edit]);
        await cluster.Model.ScoreAsync([new PromptTarget(edit.Prompt, edit.Target)], preview: draft);

        Assert.DoesNotContain(null, faults);
        Assert.All(faults, f => Assert.DoesNotContain(Marker, f!.ToString(), StringComparison.Ordinal));
        Assert.NotEmpty(lines.All);
        Assert.DoesNotContain(lines.All, l => l.Contains(Marker, StringComparison.Ordinal));
    }

    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
