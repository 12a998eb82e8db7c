using System.Text.Json;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads token-to-id objects.</summary>
internal static class VocabularyReader
{
    /// <summary>Ids at or above this are taken for damage: tables are as long as the highest id.</summary>
    public const int IdLimit = 1 << 24;

    /// <param name="vocab">An object such as {"the": 12}.</param>
    public static Vocabulary Read(JsonPart vocab)
    {
        if (vocab.Value.ValueKind != JsonValueKind.Object)
        {
            throw vocab.Error($"'{vocab.Path}' should be an object from token to id, and is not.");
        }

        // Straight over the elements: a vocabulary has 10⁵ entries, too many to note each one's path.
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        foreach (var entry in vocab.Value.EnumerateObject())
        {
            var token = vocab.NameOf(entry);
            if (entry.Value.ValueKind != JsonValueKind.Number || !entry.Value.TryGetInt32(out var id) || id is < 0 or >= IdLimit)
            {
                throw vocab.Error($"token '{token}' has the id {entry.Value.GetRawText()}; an integer from 0 to {IdLimit - 1} was expected.");
            }

            if (!taken.Add(id))
            {
                throw vocab.Error($"token '{token}' has the id {id}, which another token has too.");
            }

            ids[token] = id;
        }

        return ids.Count > 0 ? new Vocabulary(ids) : throw vocab.Error("the vocabulary is empty.");
    }
}
