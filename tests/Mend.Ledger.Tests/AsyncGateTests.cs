namespace Mend.Ledger.Tests;

public sealed class AsyncGateTests
{
    [Theory]
    [InlineData(TaskCreationOptions.None)]
    [InlineData(TaskCreationOptions.RunContinuationsAsynchronously)]
    public async Task EnterAsync_Taken_WaitsItsTurn(TaskCreationOptions continuations)
    {
        AsyncGate gate = new(continuations);
        await gate.EnterAsync(default);
        Task second = gate.EnterAsync(default);
        Task third = gate.EnterAsync(default);
        Assert.False(second.IsCompleted || third.IsCompleted);

        gate.Leave();
        await second;
        Assert.False(third.IsCompleted);
        gate.Leave();
        await third;
        gate.Leave();
        Assert.True(gate.EnterAsync(default).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task EnterAsync_GivenUp_IsPassedOver()
    {
        AsyncGate gate = new(TaskCreationOptions.None);
        using CancellationTokenSource givingUp = new();
        await gate.EnterAsync(default);
        Task second = gate.EnterAsync(givingUp.Token);
        Task third = gate.EnterAsync(default);

        await givingUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gate.EnterAsync(givingUp.Token));
        gate.Leave();
        await third;
    }
}
