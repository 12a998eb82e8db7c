namespace Mend.Models.Execution;

/// <summary>A sequence has more tokens than the model has positions.</summary>
public sealed class InputTooLongException : Exception
{
    private InputTooLongException(int tokens, int positions)
        : base($"The input has {tokens} tokens and the model holds {positions}; shorten the prompt or the number of new tokens.")
    {
        Tokens = tokens;
        Positions = positions;
    }

    /// <summary>Tokens in the input.</summary>
    public int Tokens { get; }

    /// <summary>Tokens the model can hold.</summary>
    public int Positions { get; }

    /// <summary>Throws when a sequence is too long.</summary>
    /// <param name="tokens">Its length.</param>
    /// <param name="positions">The most there may be.</param>
    /// <exception cref="InputTooLongException">It is.</exception>
    public static void ThrowIfTooLong(int tokens, int positions)
    {
        if (tokens > positions)
        {
            throw new InputTooLongException(tokens, positions);
        }
    }
}
