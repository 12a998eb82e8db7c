namespace Mend.Models.Tokenizers;

/// <summary>The tokens of a model and their ids. Immutable; ids may have gaps.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _byText;
    private readonly string?[] _tokens;

    /// <param name="ids">Token to id; ids are not negative. Owned by the vocabulary from here on.</param>
    public Vocabulary(Dictionary<string, int> ids)
    {
        _ids = ids;
        _byText = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _tokens = new string?[ids.Count == 0 ? 0 : ids.Values.Max() + 1];
        foreach (var (token, id) in ids)
        {
            _tokens[id] = token;
        }
    }

    /// <summary>The highest id plus one.</summary>
    public int Size => _tokens.Length;

    public int? Id(string token) => _ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>Looks a token up without making a string of it.</summary>
    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _byText.TryGetValue(token, out id);

    public string? Token(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;
}
