namespace Mend.Cluster;

/// <summary>Tells a grain's callers which of their calls its silo still works on. Every grain has it.</summary>
[Alias("mend.calls"), Needs(CallerRight.Read)]
internal interface ICallKeeper : IGrainExtension
{
    /// <summary>Whether a call is being worked on here.</summary>
    [Alias("runs"), AlwaysInterleave, ResponseTimeout("00:00:05")]
    Task<bool> RunsAsync(Guid call);
}

/// <summary>The silo's calls, as each grain shows them.</summary>
internal sealed class CallKeeper(RunningCalls calls) : ICallKeeper
{
    public Task<bool> RunsAsync(Guid call) => Task.FromResult(calls.Contains(call));
}
