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

/// <summary>
/// Keys and values by generation session, let go of some time after their last use. One pass of a session runs at a time; sessions
/// are independent. Safe to use from several threads.
/// </summary>
internal sealed class SessionCaches(TimeProvider time, TimeSpan keep) : IDisposable
{
    private readonly Dictionary<string, Session> _sessions = [];
    private readonly Lock _lock = new();

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
    public Lease Take(string session, int past)
    {
        lock (_lock)
        {
            DateTimeOffset now = time.GetUtcNow();
            foreach (string old in _sessions.Where(s => !s.Value.InUse && now - s.Value.Used > keep).Select(s => s.Key).ToList())
            {
                Remove(old);
            }

            if (!_sessions.TryGetValue(session, out Session? found))
            {
                _sessions[session] = found = new Session();
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
        lock (_lock)
        {
            foreach (string session in _sessions.Keys.ToList())
            {
                Remove(session);
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
            (session.InUse, session.Used) = (false, time.GetUtcNow());
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

        public DateTimeOffset Used { get; set; }
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
