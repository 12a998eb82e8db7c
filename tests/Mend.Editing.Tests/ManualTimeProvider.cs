namespace Mend.Editing.Tests;

/// <summary>A clock that stands still until a test moves it, or moves by itself at every look.</summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private long _ticks;

    public TimeSpan PerLook { get; init; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Add(ref _ticks, PerLook.Ticks);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
