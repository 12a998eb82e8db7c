namespace Mend.Cli;

/// <summary>Ctrl-C, for a command that goes on after it: whoever takes it is called instead of the command being stopped.</summary>
internal sealed class Interrupts
{
    private Action? _handler;

    /// <summary>Takes Ctrl-C.</summary>
    /// <param name="handler">Called at each one; quick, and on another thread.</param>
    /// <returns>Gives it back when disposed.</returns>
    public IDisposable Take(Action handler)
    {
        Volatile.Write(ref _handler, handler);
        return new Taken(this);
    }

    /// <summary>Calls whoever took Ctrl-C.</summary>
    /// <returns>Whether somebody had.</returns>
    public bool Handle()
    {
        Action? handler = Volatile.Read(ref _handler);
        handler?.Invoke();
        return handler is not null;
    }

    private sealed class Taken(Interrupts owner) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref owner._handler, null);
    }
}
