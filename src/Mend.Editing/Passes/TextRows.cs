namespace Mend.Editing;

/// <summary>Rows of a pass that go on with one text in generation.</summary>
/// <param name="Session">Name of the text's session, whose keys and values the shards read and extend.</param>
/// <param name="Past">Tokens of it that the shards must hold already; 0 begins it. A shard that holds others says that the session is lost.</param>
/// <param name="Count">Number of its new tokens; at least 1.</param>
/// <param name="Choice">How the token behind them is chosen, where the last shard is; null chooses none.</param>
public sealed record TextRows(string Session, int Past, int Count, TokenChoice? Choice = null);

/// <summary>How a token is chosen from the logits at its place.</summary>
/// <param name="Temperature">Logits are divided by it; 0 takes the most likely token.</param>
/// <param name="TopP">The token is drawn from the smallest set whose probability reaches it; above 0, at most 1.</param>
/// <param name="Draw">Drawn by whoever asks, from [0, 1): so a choice that is asked for again is the same. Nothing to a temperature of 0.</param>
/// <param name="Alternatives">How many of the most likely tokens are wanted with the chosen one's likelihood; null wants not even that.</param>
public readonly record struct TokenChoice(double Temperature, double TopP, double Draw, int? Alternatives);

/// <summary>Why a pass did nothing for one of its texts, while the others got on.</summary>
public enum TextFault
{
    /// <summary>It did.</summary>
    None = 0,

    /// <summary>A shard does not hold what the text goes on from; it must be read again in a session of its own.</summary>
    SessionLost = 1,

    /// <summary>A shard has no memory for its keys and values now.</summary>
    NoRoom = 2,

    /// <summary>Its logits are no numbers.</summary>
    NotANumber = 3,
}

/// <summary>What a pass did for one of its texts.</summary>
/// <param name="Token">The chosen token; meaningless where none was asked for.</param>
/// <param name="Likelihood">How likely it was, where that was asked for.</param>
/// <param name="Fault">Why nothing was done.</param>
/// <param name="Reason">The same in words; null without a fault.</param>
public sealed record TextResult(int Token, ChosenToken? Likelihood = null, TextFault Fault = TextFault.None, string? Reason = null);
