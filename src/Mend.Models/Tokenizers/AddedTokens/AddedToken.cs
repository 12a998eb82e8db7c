namespace Mend.Models.Tokenizers.AddedTokens;

/// <summary>A token that is cut out of the text before anything else looks at it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
internal sealed record AddedToken(int Id, string Content)
{
    /// <summary>Left out when decoding, unless asked for.</summary>
    public bool Special { get; init; }

    /// <summary>Matched in the normalised text rather than in the text as given.</summary>
    public bool Normalized { get; init; }

    /// <summary>Takes white space to its left along.</summary>
    public bool LStrip { get; init; }

    /// <summary>Takes white space to its right along.</summary>
    public bool RStrip { get; init; }

    /// <summary>Matches only where no word character adjoins.</summary>
    public bool SingleWord { get; init; }
}
