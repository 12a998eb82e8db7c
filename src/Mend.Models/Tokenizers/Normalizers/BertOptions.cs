namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>The switches of BERT's text clean-up, named as in tokenizer.json.</summary>
internal sealed record BertOptions
{
    /// <summary>Whether control characters go and every kind of white space becomes a space.</summary>
    public bool CleanText { get; init; } = true;

    /// <summary>Whether each CJK ideograph becomes a word of its own.</summary>
    public bool HandleChineseChars { get; init; } = true;

    /// <summary>Whether accents go; null does as <see cref="Lowercase"/>.</summary>
    public bool? StripAccents { get; init; }

    public bool Lowercase { get; init; } = true;
}
