using System.Diagnostics;
using System.Globalization;

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

    /// <summary>Starts one of the programs; as root, under an account that the programs accept. The process id is the program's own.</summary>
    public static Process Start(string program, params string[] arguments)
    {
        string path = Path.Combine(Folder!, program);
        ProcessStartInfo start = Account is null
            ? new ProcessStartInfo(path, arguments)
            : new ProcessStartInfo("setpriv", [$"--reuid={Account}", $"--regid={Group()}", "--init-groups", "--", path, .. arguments]);
        start.WorkingDirectory = "/";
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        start.Environment["LC_ALL"] = "C";
        return Process.Start(start) ?? throw new InvalidOperationException($"{path} did not start.");
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task RunAsync(string program, params string[] arguments) => await EndAsync(Start(program, arguments), program);

    /// <summary>Gives a folder to the account that the programs run under.</summary>
    public static async Task GiveAsync(string folder)
    {
        if (Account is not null)
        {
            await EndAsync(Process.Start(new ProcessStartInfo("chown", [Account, folder]) { RedirectStandardError = true, RedirectStandardOutput = true })!, "chown");
        }
    }

    private static async Task EndAsync(Process process, string what)
    {
        using (process)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string errors = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            string said = errors + await output;
            if (process.ExitCode != 0)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{what} ended with {process.ExitCode}: {said}"));
            }
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
