namespace Mend.Models.Tokenizers.Subwords.Unigram;

/// <summary>Finds all tokens that a text starts with. Immutable once built.</summary>
internal sealed class PrefixTrie
{
    /// <summary>No token ends at a node, or no node is there.</summary>
    public const int None = -1;

    /// <summary>Child by parent node and UTF-16 unit; one table, for a vocabulary makes some 10⁵ nodes.</summary>
    private readonly Dictionary<long, int> _children = [];
    private readonly List<int> _tokens = [None];

    /// <summary>The node of the empty text.</summary>
    public const int Root = 0;

    public void Add(string token, int id)
    {
        var node = Root;
        foreach (var unit in token)
        {
            var key = Key(node, unit);
            if (!_children.TryGetValue(key, out var child))
            {
                child = _tokens.Count;
                _tokens.Add(None);
                _children.Add(key, child);
            }

            node = child;
        }

        _tokens[node] = id;
    }

    /// <summary>The node one unit further; <see cref="None"/> when no token goes on like this.</summary>
    public int Step(int node, char unit) => _children.TryGetValue(Key(node, unit), out var child) ? child : None;

    /// <summary>The token that ends at a node; <see cref="None"/> if none does.</summary>
    public int TokenAt(int node) => _tokens[node];

    private static long Key(int node, char unit) => ((long)node << 16) | unit;
}
