using System.Diagnostics;
using System.Globalization;
using Mend.Cluster.Soak.Checks;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;
using Mend.Cluster;
using Mend.Sharding;

namespace Mend.Cluster.Soak.Load;

/// <summary>A process that edits, reverts and reads a cluster's model, and writes a line for each call; ends with its standard input.</summary>
internal sealed class LoadClient : IDisposable
{
    /// <summary>The hidden command that runs it.</summary>
    public const string Verb = "client";

    private const int Editors = 2;
    private const int Readers = 3;

    /// <summary>Active edits that reverts hold the model at.</summary>
    private const int MostActive = 40;

    private static readonly string[] Prompts = ["the sky is", "two and two", "a cat says", "grass is", "the moon", "my name"];

    private readonly ClusterModel _model;
    private readonly string _name;
    private readonly int _seed;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private long _known;

    private LoadClient(ClusterModel model, string name, int seed) => (_model, _name, _seed) = (model, name, seed);

    /// <summary>Is the process.</summary>
    /// <param name="cluster">Address of the cluster.</param>
    /// <param name="run">Its id, and the model's name.</param>
    /// <param name="name">A name that no other client has, nor an earlier life of this one.</param>
    /// <param name="seed">Seed of what it does.</param>
    /// <param name="reverts">Whether it reverts; one client at a time must.</param>
    public static async Task<int> RunAsync(string cluster, string run, string name, int seed, bool reverts)
    {
        await using IEditableModel model = await ConnectAsync(cluster, run);
        using LoadClient client = new((ClusterModel)model, name, seed);
        Task[] loops =
        [
            .. Enumerable.Range(0, Editors).Select(i => client.EditAsync(i)),
            .. Enumerable.Range(0, Readers).Select(i => client.ReadAsync(i)),
            .. reverts ? [client.RevertAsync()] : Array.Empty<Task>(),
        ];
        await Console.In.ReadToEndAsync();
        await client._stop.CancelAsync();
        await Task.WhenAll(loops);
        return 0;
    }

    /// <summary>Connects, however long it takes.</summary>
    public static async Task<IEditableModel> ConnectAsync(string cluster, string run)
    {
        while (true)
        {
            try
            {
                return await ClusterConnector.ConnectAsync(new RemoteModel(cluster, run, run), CancellationToken.None);
            }
            catch (RetryableException)
            {
                await Task.Delay(500);
            }
        }
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>Edits, each with a key and sent until it is acknowledged; now and then the caller loses its patience and sends it again.</summary>
    private async Task EditAsync(int loop)
    {
        Random random = new(HashCode.Combine(_seed, loop, 1));
        for (int n = 0; !_stop.IsCancellationRequested; n++)
        {
            EditRequest request = new(Pick(random), Word(random), string.Create(CultureInfo.InvariantCulture, $"{_name}/{loop}/{n}"));
            EditOutcome? outcome = await UntilDoneAsync("edit", random, token => _model.EditAsync([request], token), (started, ended, done) =>
                new EditDone(started, ended, request.IdempotencyKey!, request.Prompt, request.Target, done.Version.Number, done.AlreadyCommitted));
            Know(outcome?.Version.Number ?? 0);
            await PauseAsync(random, 150);
        }
    }

    private async Task RevertAsync()
    {
        Random random = new(HashCode.Combine(_seed, 2));
        for (int n = 0; !_stop.IsCancellationRequested; n++)
        {
            IReadOnlyList<LedgerEntry>? log = await UntilDoneAsync("log", random, _model.LogAsync, (_, _, _) => null);
            HashSet<ModelVersion> reverted = [.. (log ?? []).SelectMany(e => e.Reverts)];
            List<ModelVersion> active = [.. (log ?? []).Where(e => e.Kind == LedgerEntryKind.Edit && !reverted.Contains(e.Version)).Select(e => e.Version)];
            for (int surplus = Math.Max(active.Count - MostActive, Math.Min(1, active.Count)); surplus > 0; surplus--)
            {
                ModelVersion version = active[random.Next(active.Count)];
                active.Remove(version);
                string key = string.Create(CultureInfo.InvariantCulture, $"{_name}/revert/{n}/{surplus}");
                ModelVersion done = await UntilDoneAsync("revert", random, token => _model.RevertAsync([version], key, token), (started, ended, at) =>
                    new RevertDone(started, ended, key, version.Number, at.Number));
                Know(done.Number);
            }

            await PauseAsync(random, 1000);
        }
    }

    private async Task ReadAsync(int loop)
    {
        Random random = new(HashCode.Combine(_seed, loop, 3));
        while (!_stop.IsCancellationRequested)
        {
            long known = Volatile.Read(ref _known);
            ModelVersion version = new(Math.Max(0, known - random.Next(4)));
            switch (random.Next(3))
            {
                case 0:
                    Question question = Questions.Of(Pick(random), random.Next());
                    await OnceAsync("answer", random, token => _model.AnswerAsync(question, token), (started, ended, answer) =>
                        new AnswerDone(started, ended, question.Prompt, question.Sampling.Seed, answer.Version.Number, known, answer.Text));
                    break;
                case 1:
                    PromptTarget[] prompts = [.. Enumerable.Range(0, 3).Select(_ => new PromptTarget(Pick(random), Word(random)))];
                    await OnceAsync("score", random, token => _model.ScoreAsync(prompts, version, cancellationToken: token), (started, ended, scores) =>
                        new ScoreDone(started, ended, [.. prompts.Select(p => p.Text)], [.. prompts.Select(p => p.Target)], version.Number, [.. scores.Select(s => s.Probability)]));
                    break;
                default:
                    int[] tokens = [.. Enumerable.Range(0, 4).Select(_ => 1 + random.Next(80))];
                    await OnceAsync("pass", random, token => _model.Runner.RunAsync(Questions.Logits(tokens, version.Number), PassHooks.None, token), (started, ended, result) =>
                        new LogitsDone(started, ended, tokens, version.Number, Questions.Digest(result)));
                    break;
            }

            await PauseAsync(random, 100);
        }
    }

    private async Task<T?> UntilDoneAsync<T>(string what, Random random, Func<CancellationToken, Task<T>> call, Func<long, long, T, CallRecord?> record)
    {
        while (true)
        {
            (bool done, T? result) = await OnceAsync(what, random, call, record);
            if (done || _stop.IsCancellationRequested)
            {
                return result;
            }
        }
    }

    private async Task<(bool Done, T? Result)> OnceAsync<T>(string what, Random random, Func<CancellationToken, Task<T>> call, Func<long, long, T, CallRecord?> record)
    {
        using CancellationTokenSource impatience = new();
        if (random.Next(20) == 0)
        {
            impatience.CancelAfter(random.Next(200));
        }

        long started = Stopwatch.GetTimestamp();
        try
        {
            T result = await call(impatience.Token);
            Write(record(started, Stopwatch.GetTimestamp(), result));
            return (true, result);
        }
        catch (Exception error)
        {
            bool retryable = error is RetryableException || (error is OperationCanceledException && impatience.IsCancellationRequested);
            Write(new CallFailed(started, Stopwatch.GetTimestamp(), what, $"{error.GetType().Name}: {error.Message}", retryable));
            return (!retryable, default);
        }
    }

    private void Know(long version)
    {
        lock (_lock)
        {
            _known = Math.Max(_known, version);
        }
    }

    private void Write(CallRecord? record)
    {
        if (record is not null)
        {
            lock (_lock)
            {
                Console.WriteLine(record.ToLine());
            }
        }
    }

    private async Task PauseAsync(Random random, int most)
    {
        try
        {
            await Task.Delay(random.Next(most), _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The loop looks itself.
        }
    }

    private static string Pick(Random random) => Prompts[random.Next(Prompts.Length)];

    private static string Word(Random random) => new([.. Enumerable.Range(0, 1 + random.Next(4)).Select(_ => (char)('a' + random.Next(26)))]);
}
