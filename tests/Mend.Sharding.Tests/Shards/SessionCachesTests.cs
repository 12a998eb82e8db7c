using Mend.Ledger;
using Mend.Models.Execution;
using Mend.Tensors;
using Mend.Tensors.Cpu;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Sharding.Tests.Shards;

public sealed class SessionCachesTests : IDisposable
{
    private static readonly TimeSpan Keep = TimeSpan.FromMinutes(5);

    /// <summary>Bytes of a page of one layer's keys and values, two numbers each.</summary>
    private const long Held = 2 * 2 * KeyValues.PageTokens * sizeof(float);

    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });
    private readonly FakeTimeProvider _time = new();
    private readonly SessionCaches _sessions;

    public SessionCachesTests() => _sessions = new SessionCaches(_time, Keep);

    public void Dispose()
    {
        _sessions.Dispose();
        Assert.Equal(0, _engine.LiveTensors);
        _engine.Dispose();
    }

    [Fact]
    public void Take_AfterAPass_GoesOnFromItsTokens()
    {
        Run("s", past: 0);
        Run("s", past: 3);

        using SessionCaches.Lease lease = _sessions.Take("s", 6);
        Assert.Equal(6, lease.Cache.Length);
    }

    [Fact]
    public void Take_LeftTooLong_IsLostAndItsTensorsAreGivenBack()
    {
        Run("old", past: 0);
        _time.Advance(Keep);
        Run("young", past: 0);
        Assert.Equal(2, _engine.LiveTensors);
        _time.Advance(TimeSpan.FromSeconds(1));

        Run("young", past: 3);

        Assert.Equal(1, _engine.LiveTensors);
        Assert.Throws<SessionLostException>(() => _sessions.Take("old", 3));
    }

    /// <summary>Clients that vanished are followed by nobody.</summary>
    [Fact]
    public void Session_LeftTooLong_IsLetGoWithoutACaller()
    {
        Run("old", past: 0);

        _time.Advance(2 * Keep);

        Assert.Equal(0, _engine.LiveTensors);
    }

    [Fact]
    public void Take_NewOneWhenTheMemoryIsTaken_IsRefusedForNow()
    {
        using SessionCaches small = new(_time, Keep, most: 1);
        small.Take("a", 0).Dispose();

        Assert.Throws<NoRoomException>(() => small.Take("b", 0));
        small.End("a");
        small.Take("b", 0).Dispose();
    }

    [Fact]
    public void Take_InUseForLong_IsNotLetGo()
    {
        using (SessionCaches.Lease lease = _sessions.Take("busy", 0))
        {
            Read(lease.Cache);
            _time.Advance(2 * Keep);
            Run("other", past: 0);
        }

        Run("busy", past: 3);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Take_OtherTokensThanAreHeld_IsLostForGood(int past)
    {
        Run("s", past: 0);

        SessionLostException error = Assert.Throws<SessionLostException>(() => _sessions.Take("s", past));

        Assert.Contains($"holds 3 tokens of generation session s, not {past}", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, _engine.LiveTensors);
        Assert.Throws<SessionLostException>(() => _sessions.Take("s", 3));
    }

    [Fact]
    public void Take_WhileAnotherPassUsesIt_IsLostForBoth()
    {
        using (SessionCaches.Lease lease = _sessions.Take("s", 0))
        {
            Read(lease.Cache);
            Assert.Throws<SessionLostException>(() => _sessions.Take("s", 3));
            Assert.Equal(1, _engine.LiveTensors);
        }

        Assert.Equal(0, _engine.LiveTensors);
        Assert.Throws<SessionLostException>(() => _sessions.Take("s", 3));
    }

    [Fact]
    public void End_WhileAPassUsesIt_GivesTheCacheBackAfterwards()
    {
        using (SessionCaches.Lease lease = _sessions.Take("s", 0))
        {
            Read(lease.Cache);
            _sessions.End("s");
            Assert.Equal(1, _engine.LiveTensors);
        }

        Assert.Equal(0, _engine.LiveTensors);
    }

    /// <summary>The name is free at once; the pass that still runs must not end its successor.</summary>
    [Fact]
    public void Take_EndedWhileInUse_StartsAnother()
    {
        using (SessionCaches.Lease first = _sessions.Take("s", 0))
        {
            Read(first.Cache);
            _sessions.End("s");
            Run("s", past: 0);
        }

        Assert.Equal(1, _engine.LiveTensors);
        Run("s", past: 3);
    }

    /// <summary>Three sessions where there is memory for two: the last one gives way, and the others go on.</summary>
    [Fact]
    public void Take_GrownPastTheMemory_LetsTheLastOnesThatBeganGiveWay()
    {
        using SessionCaches small = new(_time, Keep, most: 2 * (Held + 1024));
        SessionCaches.Lease[] leases = [small.Take("a", 0), small.Take("b", 0), small.Take("c", 0)];
        foreach (SessionCaches.Lease lease in leases)
        {
            Read(lease.Cache);
            lease.Dispose();
        }

        Assert.Throws<NoRoomException>(() => small.Take("c", 3));
        small.Take("a", 3).Dispose();
        small.Take("b", 3).Dispose();
        Assert.Throws<SessionLostException>(() => small.Take("c", 3));
        Assert.Equal(2, _engine.LiveTensors);
    }

    [Fact]
    public void ByteLength_CountsWhatNoPassIsUsing()
    {
        Run("a", past: 0);
        Assert.Equal(Held, _sessions.ByteLength);

        using SessionCaches.Lease lease = _sessions.Take("a", 3);
        Assert.Equal(0, _sessions.ByteLength);
    }

    private void Run(string session, int past)
    {
        using SessionCaches.Lease lease = _sessions.Take(session, past);
        Read(lease.Cache);
    }

    /// <summary>Three tokens of one layer.</summary>
    private void Read(KeyValueCache cache)
    {
        using Tensor tokens = _engine.Zeros([1, 3, 1, 2]);
        TextKeys text = new(cache.Layer(_engine, "layer", tokens.Shape, tokens.Shape), 3);
        _engine.Attend(tokens, tokens, tokens, [text], new AttentionSettings(1f)).Dispose();
        cache.Advance(3);
    }
}
