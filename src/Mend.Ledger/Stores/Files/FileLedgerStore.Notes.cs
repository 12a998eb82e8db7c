namespace Mend.Ledger;

public sealed partial class FileLedgerStore
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<byte[]>> ReadNotesAsync(long after, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(
            () =>
            {
                List<byte[]> notes = [];
                while (DurableFiles.ReadOrNull(_folder.Note(after + notes.Count + 1)) is { } note)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    notes.Add(note);
                }

                if (notes.Count > 0)
                {
                    // One whose writer was killed just after linking it might vanish with the power: nobody is told of it before it is durable.
                    DurableFiles.FlushDirectory(_folder.Notes);
                }

                return notes;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> AddNoteAsync(long number, ReadOnlyMemory<byte> note, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await Task.Run(
            () =>
            {
                string path = _folder.Note(number);
                if (File.Exists(path))
                {
                    return false;
                }

                _folder.CreateNotes();
                return Publish(note.Span, path, _folder.Notes, "note");
            },
            cancellationToken).ConfigureAwait(false);
    }
}
