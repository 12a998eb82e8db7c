namespace Mend.Tensors;

/// <summary>
/// Keys and values of one text in one attention layer, on the engine that made it: see <see cref="IEngine.NewKeyValues"/>. It grows by pages
/// as <see cref="IEngine.Attend"/> adds tokens. One operation at a time.
/// </summary>
public abstract class KeyValues : IDisposable
{
    /// <summary>Tokens that it grows by.</summary>
    public const int PageTokens = 64;

    /// <summary>Creates it without tokens.</summary>
    /// <param name="heads">Number of key heads.</param>
    /// <param name="keySize">Size of a head's key.</param>
    /// <param name="valueSize">Size of a head's value.</param>
    protected KeyValues(int heads, int keySize, int valueSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(heads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(keySize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(valueSize, 1);
        (Heads, KeySize, ValueSize) = (heads, keySize, valueSize);
    }

    /// <summary>Number of key heads.</summary>
    public int Heads { get; }

    /// <summary>Size of a head's key.</summary>
    public int KeySize { get; }

    /// <summary>Size of a head's value.</summary>
    public int ValueSize { get; }

    /// <summary>Tokens that it holds.</summary>
    public int Length { get; private set; }

    /// <summary>Tokens that it has room for.</summary>
    public int Capacity { get; private set; }

    /// <summary>Bytes of its pages.</summary>
    public long ByteLength => BytesFor(Capacity);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Bytes of so many tokens.</summary>
    /// <param name="tokens">Number of tokens.</param>
    protected long BytesFor(int tokens) => (long)tokens * Heads * (KeySize + ValueSize) * sizeof(float);

    /// <summary>Makes room for tokens that follow those it holds.</summary>
    /// <param name="tokens">How many.</param>
    internal void Reserve(int tokens)
    {
        int wanted = checked(Length + tokens);
        if (wanted > Capacity)
        {
            int capacity = checked((wanted + PageTokens - 1) / PageTokens * PageTokens);
            Grow(capacity);
            Capacity = capacity;
        }
    }

    /// <summary>Counts tokens whose keys and values are there now.</summary>
    /// <param name="tokens">How many.</param>
    internal void Advance(int tokens) => Length += tokens;

    /// <summary>Moves what it holds to where there is more room; <see cref="Capacity"/> is the old one still.</summary>
    /// <param name="capacity">Tokens to have room for.</param>
    protected abstract void Grow(int capacity);

    /// <summary>Gives the memory back.</summary>
    /// <param name="disposing">False from a finalizer.</param>
    protected abstract void Dispose(bool disposing);
}
