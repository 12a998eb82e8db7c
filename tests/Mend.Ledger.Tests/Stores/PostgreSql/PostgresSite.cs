namespace Mend.Ledger.Tests;

/// <summary>A ledger of a name of its own on the tests' server.</summary>
internal sealed class PostgresSite(PostgresServer server) : LedgerSite
{
    private readonly PostgresLedgerAddress _address = server.Address();

    public string Ledger => _address.Ledger;

    /// <summary>As a disk or a careless superuser does it: past the constraints.</summary>
    public override async Task DamageAsync(LedgerItem item, Func<byte[], byte[]?> change)
    {
        (string table, string column, string where) = item switch
        {
            { Entry: { } version } => ("entry", "entry", $"ledger = '{Ledger}' AND version = {version}"),
            { Staged: { } key } => ("staged", "factors", $"ledger = '{Ledger}' AND edit = '{key.Edit}' AND shard = {key.Shard} AND digest = '{key.Digest.Hex}'"),
            _ => ("header", "header", $"ledger = '{Ledger}'"),
        };
        byte[]? changed = change((byte[])(await server.RunAsync($"SELECT {column} FROM mend.{table} WHERE {where}"))!);
        string sql = changed is null ? $"DELETE FROM mend.{table} WHERE {where}" : $"UPDATE mend.{table} SET {column} = '\\x{Convert.ToHexString(changed)}' WHERE {where}";
        await server.RunAsync("SET session_replication_role = replica; " + sql);
    }

    protected override ILedgerStore Open(TimeProvider? time, Action<string>? step) => new PostgresLedgerStore(_address, time, step);
}
