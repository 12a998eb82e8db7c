namespace Mend.Models.Tokenizers.Subwords.Bpe;

/// <summary>What two neighbouring tokens become.</summary>
/// <param name="Rank">Place in the list of merges; lower merges first.</param>
/// <param name="Id">Id of the joined token.</param>
internal readonly record struct Merge(int Rank, int Id);

/// <summary>The merges of a BPE model by pair of ids. Immutable once built.</summary>
internal sealed class MergeTable
{
    private readonly Dictionary<ulong, Merge> _merges;

    public MergeTable(int capacity) => _merges = new Dictionary<ulong, Merge>(capacity);

    /// <summary>Adds a merge; of a pair that is listed twice the later rank counts, as in the code that wrote the files.</summary>
    public void Add(int left, int right, Merge merge) => _merges[Key(left, right)] = merge;

    public bool TryGet(int left, int right, out Merge merge) => _merges.TryGetValue(Key(left, right), out merge);

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
