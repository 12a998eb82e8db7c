using System.Data.Common;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace Mend.Ledger;

/// <summary>
/// Which ledger of which database: <c>postgresql://user:password@host:port/database?ledger=NAME</c>, or Npgsql's keywords,
/// <c>Host=…;Username=…;Database=…;Ledger=NAME</c>. Its text never shows the password. Off this machine TLS is required, unless the address says which SSL mode it wants.
/// </summary>
public sealed partial class PostgresLedgerAddress
{
    private const int LongestName = 200;
    private const string LedgerKey = "ledger";
    private const string Hidden = "***";

    // Whoever is told of a commit is told of one on disk; a session whose machine lost its power is noticed in 25 s, not in two hours.
    private const string SessionSettings = "-c synchronous_commit=on -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";

    /// <summary>What libpq's addresses call otherwise than Npgsql.</summary>
    private static readonly Dictionary<string, string> LibpqNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["application_name"] = "Application Name",
        ["connect_timeout"] = "Timeout",
        ["dbname"] = "Database",
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["target_session_attrs"] = "Target Session Attributes",
        ["user"] = "Username",
    };

    private PostgresLedgerAddress(NpgsqlConnectionStringBuilder settings, bool saysWhichTls, string? named, string defaultLedger)
    {
        Ledger = CheckName(named ?? defaultLedger);
        Masked = Mask(settings, named);
        Complete(settings);
        if (!saysWhichTls && !settings.Host!.Split(',').All(IsHere))
        {
            // Npgsql would fall back to plain text, prompts and password with it.
            settings.SslMode = SslMode.Require;
        }

        ConnectionString = settings.ConnectionString;
        Text = Describe(settings, Ledger);
    }

    /// <summary>The connection string, password included.</summary>
    public string ConnectionString { get; }

    /// <summary>The ledger's name in the database, 1 to 200 characters.</summary>
    public string Ledger { get; }

    /// <summary>The address as keywords, with *** for passwords.</summary>
    public string Masked { get; }

    private string Text { get; }

    /// <summary>
    /// Whether a text is meant as such an address, right or wrong, rather than as a folder: it begins with a scheme or with a keyword. A folder
    /// whose name does is written with ./ before it.
    /// </summary>
    /// <param name="text">The text.</param>
    public static bool IsAddress(string text) => Looks().IsMatch(text);

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address.</param>
    /// <param name="defaultLedger">The ledger's name where the address has none.</param>
    /// <exception cref="LedgerStoreException">It cannot be read; the message has one line and shows no password.</exception>
    public static PostgresLedgerAddress Parse(string text, string defaultLedger)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            DbConnectionStringBuilder parts = Scheme().IsMatch(text) ? ReadUri(text) : new DbConnectionStringBuilder { ConnectionString = text };
            string? named = parts.TryGetValue(LedgerKey, out object? value) ? (string)value : null;
            parts.Remove(LedgerKey);
            NpgsqlConnectionStringBuilder settings = Read(parts);
            return string.IsNullOrWhiteSpace(settings.Host) ? throw new ArgumentException("It names no host.") : new PostgresLedgerAddress(settings, parts.Keys.Cast<string>().Any(IsSslMode), named, defaultLedger);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException or OverflowException)
        {
            string reason = string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            throw new LedgerStoreException(
                "PostgreSQL address",
                $"{reason.TrimEnd('.')}. Write postgresql://user@host:port/database?ledger=NAME or Host=…;Username=…;Database=…;Ledger=NAME.",
                error);
        }
    }

    /// <summary>Opens a pool of connections to the database, for <see cref="PostgresLedgerStore"/>; nothing is connected yet.</summary>
    public NpgsqlDataSource CreateDatabase() => NpgsqlDataSource.Create(ConnectionString);

    /// <summary>The server, database and ledger, without the password.</summary>
    public override string ToString() => Text;

    internal static string CheckName(string ledger)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(ledger);
        return ledger.Length <= LongestName && !ledger.Any(char.IsControl)
            ? ledger
            : throw new ArgumentException($"A ledger's name has 1 to {LongestName} characters, none of them a control character.", nameof(ledger));
    }

    internal static string Describe(NpgsqlConnectionStringBuilder settings, string ledger) => string.Create(
        CultureInfo.InvariantCulture, $"PostgreSQL at {settings.Host}:{settings.Port}, database '{settings.Database ?? settings.Username}', ledger '{ledger}'");

    /// <summary>A keyword that Npgsql does not know may be the second half of a password, so its name is not shown.</summary>
    private static NpgsqlConnectionStringBuilder Read(DbConnectionStringBuilder parts)
    {
        NpgsqlConnectionStringBuilder known = [];
        return parts.Keys.Cast<string>().All(known.ContainsKey)
            ? new NpgsqlConnectionStringBuilder(parts.ConnectionString)
            : throw new FormatException("It has a keyword that there is not; a value with ; or = in it is put in quotes.");
    }

    private static DbConnectionStringBuilder ReadUri(string text)
    {
        // An @ behind the host's slash: the password has a / or ? in it, and what seems to be the host is the user.
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.PathAndQuery.Contains('@', StringComparison.Ordinal) || uri.Fragment.Length > 0)
        {
            throw new FormatException("It is not a URI; characters such as @ : / ? # in a password are written as %40 and so on.");
        }

        string[] user = uri.UserInfo.Split(':', 2);
        DbConnectionStringBuilder parts = [];
        Set("Host", Uri.UnescapeDataString(uri.Host));
        Set("Port", uri.Port > 0 ? uri.Port.ToString(CultureInfo.InvariantCulture) : string.Empty);
        Set("Username", Uri.UnescapeDataString(user[0]));
        Set("Password", user.Length > 1 ? Uri.UnescapeDataString(user[1]) : string.Empty);
        Set("Database", Uri.UnescapeDataString(uri.AbsolutePath.TrimStart('/')));
        foreach (string[] pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)))
        {
            string name = LibpqNames.GetValueOrDefault(pair[0], pair[0]);
            string value = Uri.UnescapeDataString(pair.Length > 1 ? pair[1] : string.Empty);

            // verify-full and read-write are VerifyFull and ReadWrite.
            Set(name, name is "SSL Mode" ? value.Replace("-", string.Empty, StringComparison.Ordinal) : value);
        }

        return parts;

        void Set(string name, string value)
        {
            if (value.Length > 0)
            {
                parts[name] = value;
            }
        }
    }

    private static string Mask(NpgsqlConnectionStringBuilder settings, string? ledger)
    {
        NpgsqlConnectionStringBuilder shown = new(settings.ConnectionString);
        shown.Password = shown.Password is null ? null : Hidden;
        shown.SslPassword = shown.SslPassword is null ? null : Hidden;
        StringBuilder text = new(shown.ConnectionString);
        if (ledger is not null)
        {
            DbConnectionStringBuilder.AppendKeyValuePair(text, "Ledger", ledger);
        }

        return text.ToString();
    }

    private static bool IsSslMode(string keyword) => keyword.Replace(" ", string.Empty, StringComparison.Ordinal).Equals("SslMode", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a host is this machine: a socket's folder, or the loopback.</summary>
    private static bool IsHere(string host) => host.StartsWith('/') || host.StartsWith('@') || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static void Complete(NpgsqlConnectionStringBuilder settings)
    {
        settings.Options = $"{settings.Options} {SessionSettings}".TrimStart();
        settings.MaxAutoPrepare = settings.MaxAutoPrepare > 0 ? settings.MaxAutoPrepare : 40;
        settings.AutoPrepareMinUsages = 2;
        settings.ApplicationName ??= "mend";
        settings.IncludeErrorDetail = false;
        if (settings.Host!.Contains(',', StringComparison.Ordinal))
        {
            // A standby shows an old head, which looks like a lost tail.
            settings.TargetSessionAttributes ??= "read-write";
        }

        if (!settings.ContainsKey("Keepalive") || settings.KeepAlive == 0)
        {
            // Seconds after which the session of the holds is looked at.
            settings.KeepAlive = 10;
        }
    }

    [GeneratedRegex("^postgres(ql)?://", RegexOptions.IgnoreCase)]
    private static partial Regex Scheme();

    [GeneratedRegex(@"^\s*([a-z][a-z0-9+.-]+:/|postgres(ql)?:|[a-z][a-z _]*=)", RegexOptions.IgnoreCase)]
    private static partial Regex Looks();
}
