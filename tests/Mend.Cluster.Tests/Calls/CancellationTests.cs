using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace Mend.Cluster.Tests.Calls;

public sealed class CancellationTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task RunAsync_CallerGivesUp_IsStoppedOnEverySiloThatItHasReached()
    {
        Passes passes = new();
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, also: silo => silo.AddIncomingGrainCallFilter(passes));
        EngineQueue second = cluster.Silos.Silos.Single(s => TinyCluster.States(s)[0].Shard == 1).ServiceProvider.GetRequiredService<SiloModel>().Queue;

        // The second shard's engine is busy for as long as the test wants.
        TaskCompletionSource busy = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim free = new();
        Task<bool> other = second.RunAsync(
            () =>
            {
                busy.SetResult();
                return free.Wait(Limit);
            },
            default);
        await busy.Task;

        long counted = 0;
        using MeterListener meters = new();
        meters.SetMeasurementEventCallback<long>((_, calls, _, _) => Interlocked.Add(ref counted, calls));
        meters.EnableMeasurementEvents(ClusterTelemetry.Cancelled);
        using CancellationTokenSource caller = new();
        passes.Watch();
        Task<PassResult> pass = cluster.Model.Runner.RunAsync(new Pass { Batch = new ModelBatch(1, [5, 17]), Outputs = PassOutputs.Logits }, PassHooks.None, caller.Token);
        await passes.AtTheSecond.Task.WaitAsync(Limit);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pass);
        await passes.BothStopped.Task.WaitAsync(Limit);
        Assert.Equal([0, 1], passes.Stopped.Order());
        Assert.InRange(Interlocked.Read(ref counted), 2, long.MaxValue);
        Assert.False(other.IsCompleted);
        Assert.Equal(1, second.Length);
        free.Set();
        Assert.True(await other);
    }

    /// <summary>Who has given a call up for lost sends it again: it must not be computed twice at a time.</summary>
    [Fact]
    public async Task RunAsync_GivenUpForLost_IsStoppedWhereItRuns()
    {
        Deaf deaf = new();
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1, also: silo => silo.AddIncomingGrainCallFilter(deaf));
        await using ClusterModel once = await ClusterModel.ConnectAsync(cluster.Silos.Client, new ClusterModelOptions { RetryFor = TimeSpan.Zero });
        TaskCompletionSource busy = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using ManualResetEventSlim free = new();
        Task<bool> other = cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<SiloModel>().Queue.RunAsync(
            () =>
            {
                busy.SetResult();
                return free.Wait(Limit);
            },
            default);
        await busy.Task;
        deaf.Begin();

        await Assert.ThrowsAsync<RetryableException>(() => once.Runner.RunAsync(new Pass { Batch = new ModelBatch(1, [5, 17]), Outputs = PassOutputs.Logits }, PassHooks.None, default));

        await deaf.Stopped.Task.WaitAsync(Limit);
        free.Set();
        Assert.True(await other);
    }

    /// <summary>Denies that any call is worked on, and sees passes that are stopped.</summary>
    private sealed class Deaf : IIncomingGrainCallFilter
    {
        private volatile bool _begun;

        public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Begin() => _begun = true;

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            if (_begun && context.Request.GetInterfaceType() == typeof(ICallKeeper))
            {
                context.Result = false;
                return;
            }

            try
            {
                await context.Invoke();
            }
            catch (OperationCanceledException) when (_begun && context.MethodName == nameof(IShardGrain.RunAsync))
            {
                Stopped.TrySetResult();
                throw;
            }
        }
    }

    /// <summary>Sees the passes that come to shards, and how they end.</summary>
    private sealed class Passes : IIncomingGrainCallFilter
    {
        private volatile bool _watches;

        public TaskCompletionSource AtTheSecond { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource BothStopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<int> Stopped { get; } = [];

        public void Watch() => _watches = true;

        public async Task Invoke(IIncomingGrainCallContext context)
        {
            if (!_watches || context.Grain is not IShardGrain || context.MethodName != nameof(IShardGrain.RunAsync))
            {
                await context.Invoke();
                return;
            }

            int shard = GrainKeys.ShardOf(context.TargetId.Key.ToString()!);
            if (shard == 1)
            {
                AtTheSecond.TrySetResult();
            }

            try
            {
                await context.Invoke();
            }
            catch (OperationCanceledException)
            {
                Stopped.Enqueue(shard);
                if (Stopped.Count == 2)
                {
                    BothStopped.TrySetResult();
                }

                throw;
            }
        }
    }
}
