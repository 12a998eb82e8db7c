using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// The notes of a model's ledger, read as what they say. Everybody who has the model reads the same notes in the same order, and adds one only behind
/// those that were read, so of two who decide at a time the second sees what the first has decided. Safe to use from several threads.
/// </summary>
/// <param name="model">The model.</param>
internal sealed class ReviewBook(IEditableModel model) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private ReviewState _state = ReviewState.Empty;

    /// <summary>What the notes say now.</summary>
    /// <exception cref="LedgerDamagedException">A note cannot be read.</exception>
    public async Task<ReviewState> ReadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            while (await model.NotesAsync(_state.Notes, cancellationToken).ConfigureAwait(false) is { Count: > 0 } notes)
            {
                foreach (byte[] note in notes)
                {
                    _state = _state.With(ReviewNote.Decode(note, _state.Notes + 1));
                }
            }

            return _state;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Adds a note, if what the notes say calls for one.</summary>
    /// <param name="choose">The note for a state; null where nothing is to be added. Asked again when somebody else was quicker.</param>
    /// <param name="cancellationToken">Stops before the note is added.</param>
    /// <returns>What the notes say with it.</returns>
    public async Task<ReviewState> AddAsync(Func<ReviewState, ReviewNote?> choose, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReviewState state = await ReadAsync(cancellationToken).ConfigureAwait(false);
            if (choose(state) is not { } note)
            {
                return state;
            }

            byte[] bytes = note.Encode();
            if (bytes.Length > EditLedger.MaxNoteLength)
            {
                throw new RequestTooLargeException($"The proposal takes {bytes.Length} bytes, and at most {EditLedger.MaxNoteLength} are kept; propose fewer edits at a time.");
            }

            if (await model.AddNoteAsync(state.Notes + 1, bytes, cancellationToken).ConfigureAwait(false))
            {
                return state.With(note);
            }
        }
    }

    public void Dispose() => _gate.Dispose();
}
