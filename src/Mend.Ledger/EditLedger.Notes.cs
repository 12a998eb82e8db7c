namespace Mend.Ledger;

public sealed partial class EditLedger
{
    /// <summary>The most bytes of a note.</summary>
    public const int MaxNoteLength = 4 * 1024 * 1024;

    /// <summary>
    /// Notes beside the versions, numbered from 1, each created once and never changed: what people say of edits before and after they are made. No
    /// version depends on them.
    /// </summary>
    /// <param name="after">The number before the first one read; 0 for all.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>The notes that follow, in order: as many as the store gives in one step, none where there are no more.</returns>
    public async Task<IReadOnlyList<byte[]>> NotesAsync(long after, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        return await _store.ReadNotesAsync(after, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Adds the note of a number. May be repeated after a failure whose outcome is unknown: the same note is added once.</summary>
    /// <param name="number">One more than that of the last note, which the caller has read.</param>
    /// <param name="note">Its bytes, no two notes with the same.</param>
    /// <param name="cancellationToken">Stops before the write.</param>
    /// <returns>False: another note has the number; read it, and see whether there is still something to add.</returns>
    public async Task<bool> AddNoteAsync(long number, ReadOnlyMemory<byte> note, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(note.Length, MaxNoteLength, nameof(note));
        return await _store.AddNoteAsync(number, note, cancellationToken).ConfigureAwait(false)
            || (await _store.ReadNotesAsync(number - 1, cancellationToken).ConfigureAwait(false) is [{ } there, ..] && note.Span.SequenceEqual(there));
    }
}
