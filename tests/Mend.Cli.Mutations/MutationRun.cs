namespace Mend.Cli.Mutations;

/// <summary>Damages a file, runs the command on it, and puts the file back; the same seed and index always do the same.</summary>
/// <param name="targets">The files by kind.</param>
/// <param name="seed">Decides the damage.</param>
internal sealed class MutationRun(ILookup<string, Target> targets, int seed)
{
    /// <summary>More than the process holds for any of these small files, and more than it allocates in all.</summary>
    private const long MostHeld = 2L << 30, MostBytes = 8L << 30;

    private const string DebugVariable = "MEND_DEBUG";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly IGrouping<string, Target>[] _kinds = [.. targets];
    private readonly Dictionary<string, byte[]> _sound = [];

    /// <summary>The most that one command allocated, in bytes, and which did.</summary>
    public (long Bytes, string By) MostAllocated { get; private set; }

    /// <summary>The longest that one command took.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>Makes one mutation.</summary>
    /// <param name="index">Which one; kinds come in turn.</param>
    public async Task<Outcome> RunAsync(int index)
    {
        Random random = new(unchecked((seed * 1_000_003) + index));
        Target[] all = [.. _kinds[index % _kinds.Length]];
        Target target = all[random.Next(all.Length)];
        if (!_sound.TryGetValue(target.File, out byte[]? sound))
        {
            _sound[target.File] = sound = await File.ReadAllBytesAsync(target.File).ConfigureAwait(false);
        }

        Put(target.File, target.Damage(sound, random));
        Outcome outcome = await RunAsync(index, target, target.Commands[random.Next(target.Commands.Count)]).ConfigureAwait(false);
        Put(target.File, sound);
        return outcome;
    }

    private async Task<Outcome> RunAsync(int index, Target target, string[] args)
    {
        using StringWriter output = new(), error = new();
        CliHost host = new() { Out = output, Error = error, Environment = name => name == DebugVariable ? "1" : null };
        long started = TimeProvider.System.GetTimestamp(), before = GC.GetTotalAllocatedBytes();
        using CancellationTokenSource stop = new();
        Task<int> command = Task.Run(() => CliApplication.RunAsync(args, host, stop.Token));
        if (await Task.WhenAny(command, Task.Delay(Limit, stop.Token)).ConfigureAwait(false) != command)
        {
            return new Outcome(index, target.Kind, string.Join(' ', args), -1, string.Empty, $"still running after {Limit.TotalSeconds} s") { Hangs = true };
        }

        await stop.CancelAsync().ConfigureAwait(false);
        int code = await command.ConfigureAwait(false);
        long allocated = GC.GetTotalAllocatedBytes() - before;
        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        MostAllocated = allocated > MostAllocated.Bytes ? (allocated, $"{index} ({target.Kind})") : MostAllocated;
        Longest = took > Longest ? took : Longest;
        string said = code == ExitCode.CheckFailed ? output.ToString() : error.ToString();
        return new Outcome(index, target.Kind, string.Join(' ', args), code, said, Problem(target, args, code, said, allocated));
    }

    private static string? Problem(Target target, string[] args, int code, string said, long allocated) => code switch
    {
        ExitCode.Unexpected => "a fault of the command",
        ExitCode.Ok or ExitCode.CheckFailed or ExitCode.BadInput when allocated > MostBytes || Environment.WorkingSet > MostHeld =>
            $"{allocated >> 20} MiB allocated, {Environment.WorkingSet >> 20} MiB held",
        ExitCode.Ok or ExitCode.CheckFailed => null,
        ExitCode.BadInput => Names([target.File, .. args], said) ? null : "the message names no file",
        _ => "an exit code that says something else",
    };

    /// <summary>Whether a message names the damaged file, or the model or folder that it does not fit.</summary>
    private static bool Names(IEnumerable<string> arguments, string said) => arguments.Where(Path.IsPathRooted).Any(path =>
        said.Split('\n')[0] is var line && (line.Contains(path, StringComparison.Ordinal) || line.Contains(Path.GetFileName(path) + "'", StringComparison.Ordinal)));

    /// <summary>In place of the file, not into it: weights are mapped.</summary>
    private static void Put(string file, byte[] content)
    {
        File.WriteAllBytes(file + ".new", content);
        File.Move(file + ".new", file, overwrite: true);
    }
}
