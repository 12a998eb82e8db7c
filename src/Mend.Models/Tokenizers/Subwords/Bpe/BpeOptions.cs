namespace Mend.Models.Tokenizers.Subwords.Bpe;

/// <summary>The switches of a BPE model, named as in tokenizer.json.</summary>
internal sealed record BpeOptions
{
    /// <summary>Token for characters outside the vocabulary; null drops them.</summary>
    public int? UnkId { get; init; }

    /// <summary>Whether neighbouring unknown characters become one unknown token.</summary>
    public bool FuseUnk { get; init; }

    /// <summary>Whether an unknown character is spelled in byte tokens (&lt;0x0A&gt;) if the vocabulary has them.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Whether a word that is a token itself is taken whole, even if no merges lead to it.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Written before every character but the first of a word; empty for none.</summary>
    public string ContinuingSubwordPrefix { get; init; } = "";

    /// <summary>Written after the last character of a word; empty for none.</summary>
    public string EndOfWordSuffix { get; init; } = "";
}
