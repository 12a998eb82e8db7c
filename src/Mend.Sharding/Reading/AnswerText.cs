using Mend.Editing;
using Mend.Models.Tokenizers;

namespace Mend.Sharding;

/// <summary>
/// The text of an answer while its tokens come: shows what is certain, and ends at the first of the stop texts. A character can be spread over
/// several tokens, and a stop text too: pieces are held back until it is clear what they are. One thread at a time.
/// </summary>
/// <param name="tokenizer">The model's tokenizer.</param>
/// <param name="stops">Texts that end the answer and are no part of it.</param>
/// <param name="show">Told each piece.</param>
internal sealed class AnswerText(ITokenizer tokenizer, IReadOnlyList<string> stops, Action<AnswerPiece>? show)
{
    private const char Incomplete = '\uFFFD';

    private readonly List<int> _ids = [];
    private readonly Queue<(int Start, ChosenToken? Token)> _held = [];
    private string _text = "";
    private int _shown;

    /// <summary>Number of tokens so far.</summary>
    public int Tokens => _ids.Count;

    /// <summary>Whether a stop text came; then there is nothing to add any more.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>The text, without a stop text.</summary>
    public string Text => _text;

    /// <summary>Adds a token.</summary>
    /// <param name="id">The token.</param>
    /// <param name="chosen">Its likelihood, where that is wanted.</param>
    public void Add(int id, ChosenToken? chosen)
    {
        _held.Enqueue((_text.TrimEnd(Incomplete).Length, chosen));
        _ids.Add(id);
        _text = tokenizer.Decode([.. _ids]);
        int stop = FirstStop();
        if (stop >= 0)
        {
            IsStopped = true;
            _text = _text[..stop];
            Show(stop, whole: false);
        }
        else if (!_text.EndsWith(Incomplete))
        {
            Show(_text.Length - PossibleStop(), whole: false);
        }
    }

    /// <summary>Shows what was held back: nothing comes any more.</summary>
    public void End() => Show(_text.Length, whole: !IsStopped);

    private int FirstStop()
    {
        int first = -1;
        foreach (string stop in stops)
        {
            int at = _text.IndexOf(stop, Math.Min(_shown, _text.Length), StringComparison.Ordinal);
            first = at >= 0 && (first < 0 || at < first) ? at : first;
        }

        return first;
    }

    /// <summary>How many of the last characters may be the beginning of a stop text.</summary>
    private int PossibleStop()
    {
        int most = 0;
        foreach (string stop in stops)
        {
            for (int length = Math.Min(stop.Length - 1, _text.Length - _shown); length > most; length--)
            {
                most = _text.AsSpan().EndsWith(stop.AsSpan(0, length), StringComparison.Ordinal) ? length : most;
            }
        }

        return most;
    }

    /// <summary>Shows the text up to a place, and the tokens that begin before it.</summary>
    private void Show(int end, bool whole)
    {
        List<ChosenToken> tokens = [];
        while (_held.TryPeek(out (int Start, ChosenToken? Token) next) && (whole || next.Start < end))
        {
            _held.Dequeue();
            if (next.Token is { } token)
            {
                tokens.Add(token);
            }
        }

        if (end > _shown || tokens.Count > 0)
        {
            show?.Invoke(new AnswerPiece(end > _shown ? _text[_shown..end] : "", tokens));
            _shown = Math.Max(_shown, end);
        }
    }
}
