namespace Mend.Cli.Tests;

/// <summary>
/// The demo's model in a folder of its own with an editor that a few edits have trained, made once for all tests by the
/// command itself. Tests that commit take a ledger of their own.
/// </summary>
public sealed class TrainedModel : IAsyncLifetime
{
    public const string Name = "trained model";

    private int _ledgers;

    /// <summary>Everything lies below it.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("mend-cli-tests-").FullName;

    public string Model => Path.Combine(Root, "model");

    public string Editor => Path.Combine(Model, "mend-editor.safetensors");

    public string Train => Path.Combine(Root, "demo", "data", "edits_train.jsonl");

    public string Validation => Path.Combine(Root, "demo", "data", "edits_val.jsonl");

    public string Test => Path.Combine(Root, "demo", "data", "edits_test.jsonl");

    /// <summary>A Demo folder with little data.</summary>
    public string Demo => Path.Combine(Root, "demo");

    public string NewLedger() => Path.Combine(Root, $"ledger-{Interlocked.Increment(ref _ledgers)}");

    public string NewFile(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(Root, $"files-{Interlocked.Increment(ref _ledgers)}")).FullName, name);

    /// <summary>A file that several tests compare with, made by a command once.</summary>
    internal async Task<string> OnceAsync(string name, Func<string, Task<CliRun>> make)
    {
        string file = Path.Combine(Root, name);
        if (!File.Exists(file))
        {
            (await make(file)).Done();
        }

        return file;
    }

    public async Task InitializeAsync()
    {
        string shipped = Path.Combine(AppContext.BaseDirectory, "Demo");
        Directory.CreateDirectory(Path.Combine(Demo, "data"));
        Copy(Path.Combine(shipped, "model"), Model);
        Copy(Path.Combine(shipped, "model"), Path.Combine(Demo, "model"));
        Head(shipped, "edits_train.jsonl", 48);
        Head(shipped, "edits_val.jsonl", 4);
        Head(shipped, "edits_test.jsonl", 800);
        (await CliRun.Of(
            "train", "--method", "mend", "--model", Model, "--train", Train, "--validation", Validation, "--out", Editor, "--steps", "2", "--rank", "8", "--quiet")).Done();
        File.Copy(Editor, Path.Combine(Demo, "editor.safetensors"));
    }

    public Task DisposeAsync()
    {
        Directory.Delete(Root, recursive: true);
        return Task.CompletedTask;
    }

    private void Head(string shipped, string file, int lines) =>
        File.WriteAllLines(Path.Combine(Demo, "data", file), File.ReadLines(Path.Combine(shipped, "data", file)).Take(lines));

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}

/// <summary>Tests that use the trained model; they run one after another, as two of them would only share the processors.</summary>
[CollectionDefinition(TrainedModel.Name)]
public sealed class TrainedModelCollection : ICollectionFixture<TrainedModel>;
