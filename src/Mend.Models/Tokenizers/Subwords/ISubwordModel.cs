namespace Mend.Models.Tokenizers.Subwords;

/// <summary>Splits a pre-tokenised word into tokens of a vocabulary. Thread-safe.</summary>
internal interface ISubwordModel
{
    Vocabulary Vocabulary { get; }

    /// <summary>Id of the token for unknown text; null when the model has none.</summary>
    int? UnkId { get; }

    /// <summary>Appends the ids of a word to <paramref name="ids"/>.</summary>
    void Encode(string word, List<int> ids);
}
