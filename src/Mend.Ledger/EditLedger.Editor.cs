namespace Mend.Ledger;

/// <summary>The editor that drafts a model's edits.</summary>
/// <param name="Name">Its file's name.</param>
/// <param name="Digest">SHA-256 of the file.</param>
public sealed record LedgerEditor(string Name, Sha256Digest Digest);

public sealed partial class EditLedger
{
    /// <summary>The editor that was taken into use last and is not reverted; null while none was.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    public Task<LedgerEditor?> EditorAsync(CancellationToken cancellationToken = default) => ReadHistoryAsync(history => history.Editor()?.Editor, cancellationToken);

    /// <summary>
    /// Takes an editor into use, as a version that changes no answer: whoever drafts edits from then on drafts with it, whatever restarts.
    /// Reverting that version brings back the editor before it. Tries again by itself when another commit comes first.
    /// </summary>
    /// <param name="editor">The editor.</param>
    /// <param name="cancellationToken">Stops before the next try.</param>
    /// <returns>The version; an earlier one when the editor is in use already.</returns>
    public async Task<ModelVersion> UseEditorAsync(LedgerEditor editor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(editor);
        ArgumentException.ThrowIfNullOrWhiteSpace(editor.Name);
        StrictUtf8.GetByteCount(editor.Name);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (ModelVersion? found, LedgerEntry entry, LedgerHead stored) = await ReadHistoryAsync(
                history => (history.Editor() is { } last && last.Editor == editor ? last.Version : (ModelVersion?)null, new LedgerEntry
                {
                    Version = history.Head.Next,
                    PreviousDigest = history.HeadDigest,
                    Time = _time.GetUtcNow(),
                    Kind = LedgerEntryKind.Editor,
                    Editor = editor,
                }, history.Stored),
                cancellationToken).ConfigureAwait(false);
            if (found is { } version)
            {
                return version;
            }

            if (await AppendAsync(stored, entry, cancellationToken).ConfigureAwait(false) == AppendOutcome.Appended)
            {
                return entry.Version;
            }
        }
    }
}
