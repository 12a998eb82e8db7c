namespace Mend.Ledger;

public sealed partial class PostgresLedgerStore
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<byte[]>> ReadNotesAsync(long after, CancellationToken cancellationToken) => RunAsync<IReadOnlyList<byte[]>>(
        async (connection, stop) =>
        {
            List<(long Number, byte[] Note)> rows = await connection.RowsAsync(
                "SELECT number, note FROM mend.note WHERE ledger = $1 AND number > $2 ORDER BY number LIMIT 500",
                row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)),
                stop,
                _ledger,
                after).ConfigureAwait(false);
            return [.. rows.TakeWhile((row, index) => row.Number == after + 1 + index).Select(row => row.Note)];
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> AddNoteAsync(long number, ReadOnlyMemory<byte> note, CancellationToken cancellationToken) => RunAsync(
        async (connection, stop) =>
        {
            Step("note:insert");
            int rows = await connection.RunAsync(
                "INSERT INTO mend.note (ledger, number, note) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", stop, _ledger, number, note).ConfigureAwait(false);
            Step("note:done");
            return rows == 1;
        },
        cancellationToken);
}
