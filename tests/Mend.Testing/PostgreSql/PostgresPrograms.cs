using System.Globalization;
using CliWrap;
using CliWrap.Buffered;

namespace Mend.Testing;

/// <summary>PostgreSQL's own programs, in the folder that MEND_PG_BIN names; without that on the path, or where Debian puts them (the newest).</summary>
public static class PostgresPrograms
{
    private const string Variable = "MEND_PG_BIN";
    private const string Debian = "/usr/lib/postgresql";

    /// <summary>The account that the programs run under when the tests run as root, whom they refuse; null: the tests' own.</summary>
    private static readonly string? Account = Environment.UserName == "root"
        ? Array.Find(["postgres", "nobody"], name => File.ReadLines("/etc/passwd").Any(line => line.StartsWith(name + ":", StringComparison.Ordinal)))
        : null;

    private static readonly string? Folder = Find();

    /// <summary>Why there is no server to test with, or null.</summary>
    public static string? Missing { get; } = OperatingSystem.IsWindows() ? "The tests run their server on a Unix socket."
        : Folder is null ? $"PostgreSQL's initdb, postgres and pg_ctl were not found on the path or under {Debian}/*/bin, or not in {Variable} where that is set." : null;

    /// <summary>One of the programs; as root, under an account that the programs accept.</summary>
    public static Command Command(string program, params string[] arguments)
    {
        string path = Path.Combine(Folder!, program);
        Command command = Account is null
            ? Cli.Wrap(path).WithArguments(arguments)
            : Cli.Wrap("setpriv").WithArguments([$"--reuid={Account}", $"--regid={Group()}", "--init-groups", "--", path, .. arguments]);
        return command.WithWorkingDirectory("/").WithEnvironmentVariables(variables => variables.Set("LC_ALL", "C"));
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task RunAsync(string program, params string[] arguments) => await Command(program, arguments).ExecuteBufferedAsync();

    /// <summary>Gives a folder to the account that the programs run under.</summary>
    public static async Task GiveAsync(string folder)
    {
        if (Account is not null)
        {
            await Cli.Wrap("chown").WithArguments([Account, folder]).ExecuteBufferedAsync();
        }
    }

    /// <summary>The account's group, a number.</summary>
    private static string Group() => File.ReadLines("/etc/passwd").First(line => line.StartsWith(Account + ":", StringComparison.Ordinal)).Split(':')[3];

    private static string? Find()
    {
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> debian = Directory.Exists(Debian)
            ? Directory.GetDirectories(Debian).OrderByDescending(version => double.TryParse(Path.GetFileName(version), CultureInfo.InvariantCulture, out double number) ? number : 0)
                .Select(version => Path.Combine(version, "bin"))
            : [];
        string[]? named = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } folder ? [folder] : null;
        return (named ?? path.Concat(debian)).FirstOrDefault(bin => Array.TrueForAll(["initdb", "postgres", "pg_ctl"], program => File.Exists(Path.Combine(bin, program))));
    }
}
