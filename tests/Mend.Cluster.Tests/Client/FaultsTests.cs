using System.Net.Sockets;
using System.Reflection;
using Mend.Editing;
using Mend.Ledger;

namespace Mend.Cluster.Tests.Client;

public sealed class FaultsTests
{
    /// <summary>Exceptions, and whether they say that a message was lost.</summary>
    public static TheoryData<Exception, bool> Known { get; } = new()
    {
        { new SiloUnavailableException("gone"), true },
        { new GatewayTooBusyException(), true },
        { new TimeoutException(), true },
        { new SocketException((int)SocketError.ConnectionReset), true },
        { new ObjectDisposedException("engine"), true },
        { new OperationCanceledException(), true },
        { new InvalidOperationException(), false },
        { new ArgumentException("wrong"), false },
        { new EditRequestException("wrong"), false },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public async Task GuardAsync_AFault_IsRetryableByItsTypeAlone(Exception fault, bool retryable)
    {
        Exception seen = (await Record.ExceptionAsync(() => Faults.GuardAsync("Shard 1", () => Task.FromException(fault), default)))!;

        Assert.Equal(retryable, seen is RetryableException);
        Assert.Same(fault, retryable ? seen.InnerException : seen);
    }

    /// <summary>Orleans throws this for references when all silos that a client knew are gone: others may come.</summary>
    [Fact]
    public async Task DescribeAsync_NoSiloIsKnown_IsRetryable()
    {
        IGrainFactory grains = DispatchProxy.Create<IGrainFactory, KnowsNobody>();

        RetryableException error = await Assert.ThrowsAsync<RetryableException>(() => ClusterPasses.DescribeAsync(grains, "model", default));

        Assert.IsType<ArgumentException>(error.InnerException);
    }

    [Fact]
    public async Task GuardAsync_CancelledByTheCaller_IsNoFault()
    {
        using CancellationTokenSource caller = new();
        await caller.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(() => Faults.GuardAsync("Shard 1", () => Task.FromException(new OperationCanceledException()), caller.Token));
    }

    public class KnowsNobody : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new ArgumentException("Could not find an implementation for interface mend.coordinator");
    }
}
