namespace Mend.Tensors;

/// <summary>
/// An engine or its device cannot do what was asked: its native library or driver is missing
/// or too old, the device does not exist, or its memory is used up. The message says what was found and what to install
/// or change, in one line.
/// </summary>
public sealed class EngineException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="engine">The engine's name, such as "cuda:0".</param>
    /// <param name="message">What is wrong, what was found, and what to do.</param>
    /// <param name="inner">The cause, or null.</param>
    public EngineException(string engine, string message, Exception? inner = null)
        : base(message, inner)
    {
        Engine = engine;
    }

    /// <summary>The engine's name, such as "cuda:0".</summary>
    public string Engine { get; }

    /// <summary>Whether the device's memory is used up: the same call with less work, or on another device, may succeed.</summary>
    public bool IsOutOfMemory { get; init; }
}
