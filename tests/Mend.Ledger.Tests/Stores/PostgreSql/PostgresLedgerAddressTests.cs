using Npgsql;

namespace Mend.Ledger.Tests;

public sealed class PostgresLedgerAddressTests
{
    [Theory]
    [InlineData("postgresql://ann:s%40cret@db.example:5433/facts?ledger=gpt2&sslmode=verify-full", "gpt2")]
    [InlineData("Host=db.example;Port=5433;Username=ann;Password=s@cret;Database=facts;SSL Mode=VerifyFull;Ledger=gpt2", "gpt2")]
    [InlineData("postgres://ann:s%40cret@db.example:5433/facts?sslmode=verify-full", "model")]
    public void Parse_EitherForm_SameSettings(string text, string ledger)
    {
        PostgresLedgerAddress address = PostgresLedgerAddress.Parse(text, "model");

        NpgsqlConnectionStringBuilder settings = new(address.ConnectionString);
        Assert.Equal(
            ("db.example", 5433, "ann", "s@cret", "facts", SslMode.VerifyFull),
            (settings.Host, settings.Port, settings.Username, settings.Password, settings.Database, settings.SslMode));
        Assert.Equal(ledger, address.Ledger);
        Assert.Equal($"PostgreSQL at db.example:5433, database 'facts', ledger '{ledger}'", address.ToString());
        Assert.StartsWith("Host=db.example;Port=5433;Username=ann;Password=***;Database=facts;", address.Masked, StringComparison.Ordinal);
        Assert.Equal(text.Contains("gpt2", StringComparison.Ordinal), address.Masked.EndsWith(";Ledger=gpt2", StringComparison.Ordinal));
    }

    /// <summary>A standby that answers reads shows an old head.</summary>
    [Theory]
    [InlineData("Host=a,b;Username=ann", "read-write")]
    [InlineData("Host=a,b;Username=ann;Target Session Attributes=primary", "primary")]
    [InlineData("Host=a;Username=ann", null)]
    public void Parse_SeveralHosts_OnlyTheOneThatIsWrittenTo(string text, string? wanted) =>
        Assert.Equal(wanted, new NpgsqlConnectionStringBuilder(PostgresLedgerAddress.Parse(text, "m").ConnectionString).TargetSessionAttributes);

    /// <summary>Off the machine in plain text only for who asks for it by name.</summary>
    [Theory]
    [InlineData("postgresql://ann@db.example/facts", SslMode.Require)]
    [InlineData("Host=127.0.0.1,10.0.0.2;Username=ann", SslMode.Require)]
    [InlineData("postgresql://ann@db.example/facts?sslmode=disable", SslMode.Disable)]
    [InlineData("Host=db.example;Username=ann;SslMode=Prefer", SslMode.Prefer)]
    [InlineData("postgresql://ann@db.example/facts?sslmode=verify-full", SslMode.VerifyFull)]
    [InlineData("postgresql://ann@localhost/facts", SslMode.Prefer)]
    [InlineData("postgresql://ann@[::1]/facts", SslMode.Prefer)]
    [InlineData("Host=/run/pg;Username=ann", SslMode.Prefer)]
    public void Parse_Tls_RequiredOffTheMachineUnlessNamed(string text, SslMode wanted) =>
        Assert.Equal(wanted, new NpgsqlConnectionStringBuilder(PostgresLedgerAddress.Parse(text, "m").ConnectionString).SslMode);

    [Fact]
    public void Parse_SocketInQuery_IsTheHost() =>
        Assert.Equal("/run/pg", new NpgsqlConnectionStringBuilder(PostgresLedgerAddress.Parse("postgresql:///facts?host=/run/pg&user=ann", "m").ConnectionString).Host);

    [Theory]
    [InlineData("postgresql://user:secret@host:port/db")]
    [InlineData("postgresql://user:secret@host/db?colour=blue")]
    [InlineData("postgresql:///db?password=secret")]
    [InlineData("Host=db;Port=many;Password=secret")]
    [InlineData("Host=db;Colour=blue;Password=secret")]
    [InlineData("Host=db;Password=secret;Ledger=\"a\tb\"")]
    [InlineData("Host=db;Password='secret")]
    [InlineData("Username=ann;Password=secret")]
    [InlineData("Host=db;Password=x;secret=y")]
    [InlineData("Host=db;Password=x;secret;Username=ann")]
    [InlineData("postgresql://ann:x@secret@host/db")]
    [InlineData("postgresql://ann:12/secret@host/db")]
    [InlineData("postgresql://ann:12?secret@host/db")]
    public void Parse_Wrong_OneLineWithoutThePassword(string text)
    {
        LedgerStoreException error = Assert.Throws<LedgerStoreException>(() => PostgresLedgerAddress.Parse(text, "model"));

        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Contains("Write postgresql://", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgresql://host/db", true)]
    [InlineData("Username=ann; host = db", true)]
    [InlineData("server=db", true)]
    [InlineData("Password='a;b';Host=db", true)]
    [InlineData("postgre://user:password@db", true)]
    [InlineData("localhost:30000,localhost:30001", false)]
    [InlineData("./a=b", false)]
    [InlineData(@"C:\ledgers\a", false)]
    [InlineData("/var/lib/ledgers/host", false)]
    [InlineData("model.ledger", false)]
    [InlineData("postgresql", false)]
    public void IsAddress_AddressOrFolder_Told(string text, bool address) => Assert.Equal(address, PostgresLedgerAddress.IsAddress(text));
}
