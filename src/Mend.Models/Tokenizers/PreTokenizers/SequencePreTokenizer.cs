namespace Mend.Models.Tokenizers.PreTokenizers;

/// <summary>Splits the words of one step further in the next.</summary>
internal sealed class SequencePreTokenizer : IPreTokenizer
{
    private readonly IPreTokenizer[] _steps;

    public SequencePreTokenizer(IEnumerable<IPreTokenizer> steps) => _steps = [.. steps];

    public void Split(Piece piece, List<Piece> words)
    {
        List<Piece> current = [piece];
        foreach (var step in _steps)
        {
            var split = new List<Piece>(current.Count);
            foreach (var word in current)
            {
                step.Split(word, split);
            }

            current = split;
        }

        words.AddRange(current);
    }
}
