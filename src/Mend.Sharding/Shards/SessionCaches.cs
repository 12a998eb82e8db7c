using Mend.Ledger;
using Mend.Models.Execution;

namespace Mend.Sharding;

/// <summary>A shard does not hold the keys and values that a generation goes on from; the generation starts over from its tokens.</summary>
public sealed class SessionLostException : RetryableException
{
    internal SessionLostException(string session, int held, int wanted)
        : base($"The shard holds {held} tokens of generation session {session}, not {wanted}: it was restarted, or the session was left too long. Generate again.")
    {
    }
}

/// <summary>A shard has no memory for the keys and values of a generation; it waits until others have ended.</summary>
public sealed class NoRoomException : RetryableException
{
    internal NoRoomException(int generations, long taken, long most)
        : base($"{generations} generations take {taken} bytes, and {most} may be taken (Silo:SessionMemory); send the request again a little later.")
    {
    }
}

/// <summary>
/// Keys and values by generation session, let go of some time after their last use. One pass of a session runs at a time; sessions
/// are independent. Safe to use from several threads.
/// </summary>
internal sealed class SessionCaches : IDisposable
{
    /// <summary>What a session takes beside its keys and values.</summary>
    private const long Overhead = 1024;

    private readonly Dictionary<string, Session> _sessions = [];
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimeSpan _keep;
    private readonly long _most;
    private readonly ITimer _timer;
    private long _begun;

    /// <param name="time">The clock.</param>
    /// <param name="keep">How long a session is kept after its last use.</param>
    /// <param name="most">Bytes of all sessions past which no new one is begun, and the last ones that began give way.</param>
    public SessionCaches(TimeProvider time, TimeSpan keep, long most = long.MaxValue)
    {
        (_time, _keep, _most) = (time, keep, most);

        // Not by the next caller: there may be none.
        _timer = time.CreateTimer(_ => LetGo(), null, keep / 4, keep / 4);
    }

    /// <summary>Bytes of all sessions that no pass is using just now.</summary>
    public long ByteLength
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Values.Where(s => !s.InUse).Sum(s => s.Cache.ByteLength);
            }
        }
    }

    /// <summary>Takes a session's cache for one pass; dispose of the lease afterwards.</summary>
    /// <param name="session">The session.</param>
    /// <param name="past">Tokens that the cache must hold; 0 starts a session.</param>
    /// <exception cref="SessionLostException">It holds others, or another pass is using it.</exception>
    /// <exception cref="NoRoomException">It is new, and those there are take the memory already; or those that began before it do, and it gives way to them.</exception>
    public Lease Take(string session, int past)
    {
        lock (_lock)
        {
            LetGo();
            _sessions.TryGetValue(session, out Session? found);
            if (found is null ? past == 0 && !HasRoom(long.MaxValue) : found.Begun > _sessions.Values.Min(s => s.Begun) && !HasRoom(found.Begun))
            {
                NoRoomException error = new(_sessions.Count, Taken(long.MaxValue), _most);
                End(session);
                throw error;
            }

            if (found is null)
            {
                _sessions[session] = found = new Session { Begun = ++_begun };
            }

            if (found.InUse || found.Cache.Length != past)
            {
                int held = found.Cache.Length;
                End(session);
                throw new SessionLostException(session, held, past);
            }

            found.InUse = true;
            return new Lease(this, found);
        }
    }

    /// <summary>Forgets a session; when a pass is using it, as soon as that is over.</summary>
    public void End(string session)
    {
        lock (_lock)
        {
            if (_sessions.TryGetValue(session, out Session? found))
            {
                found.Ended = true;
                Remove(session);
            }
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            foreach (string session in _sessions.Keys.ToList())
            {
                Remove(session);
            }
        }
    }

    private bool HasRoom(long begun) => Taken(begun) <= _most;

    /// <summary>Bytes of the sessions that began up to one.</summary>
    private long Taken(long begun) => _sessions.Values.Where(s => s.Begun <= begun).Sum(s => s.Bytes + Overhead);

    private void LetGo()
    {
        lock (_lock)
        {
            foreach (string old in _sessions.Where(s => !s.Value.InUse && _time.GetElapsedTime(s.Value.Used) > _keep).Select(s => s.Key).ToList())
            {
                Remove(old);
            }
        }
    }

    private void Remove(string session)
    {
        if (_sessions.Remove(session, out Session? removed) && !removed.InUse)
        {
            removed.Cache.Dispose();
        }
    }

    private void Return(Session session)
    {
        lock (_lock)
        {
            (session.InUse, session.Used, session.Bytes) = (false, _time.GetTimestamp(), session.Cache.ByteLength);
            if (session.Ended)
            {
                session.Cache.Dispose();
            }
        }
    }

    internal sealed class Session
    {
        public KeyValueCache Cache { get; } = new();

        public bool InUse { get; set; }

        public bool Ended { get; set; }

        /// <summary>Which of all sessions it is, in the order in which they began.</summary>
        public required long Begun { get; init; }

        /// <summary>Timestamp of the last use.</summary>
        public long Used { get; set; }

        /// <summary>Bytes after the last use.</summary>
        public long Bytes { get; set; }
    }

    /// <summary>A cache in use by one pass.</summary>
    public sealed class Lease : IDisposable
    {
        private readonly SessionCaches _owner;
        private readonly Session _session;

        internal Lease(SessionCaches owner, Session session) => (_owner, _session) = (owner, session);

        /// <summary>The cache.</summary>
        public KeyValueCache Cache => _session.Cache;

        public void Dispose() => _owner.Return(_session);
    }
}
