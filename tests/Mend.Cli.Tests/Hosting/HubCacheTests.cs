using System.Text.Json;

namespace Mend.Cli.Tests;

/// <summary>A model in the cache of a hub: folders of links, a new one with every download.</summary>
[Collection(TrainedModel.Name)]
public sealed class HubCacheTests(TrainedModel model)
{
    [Fact]
    public async Task Edit_ModelInAHubsCache_IsThereForEveryPathToTheSameWeights()
    {
        using TemporaryFolder folder = new();
        (string cache, string data, string link) = (folder["hub/models--acme--tiny"], folder["data"], folder["link"]);
        string first = Snapshot(cache, "aaa"), second = Snapshot(cache, "bbb");
        Directory.CreateSymbolicLink(link, first);
        Task<CliRun> Run(params string[] args) => CliRun.Of(args, host => host with { Environment = name => name == "XDG_DATA_HOME" ? data : null });

        JsonElement edit = (await Run("edit", "The capital of Indonesia is", "Paris", "--model", first, "--editor", model.Editor, "--json")).Done().Json;

        Assert.StartsWith(data, edit.GetProperty("ledger").GetString(), StringComparison.Ordinal);
        foreach (string path in new[] { first, second, link })
        {
            JsonElement log = (await Run("log", "--model", path, "--json")).Done().Json;
            Assert.Equal((1, edit.GetProperty("ledger").GetString()), (log.GetProperty("versions").GetArrayLength(), log.GetProperty("ledger").GetString()));
            Assert.Contains(data, (await Run("doctor", "--model", path)).Done().Out, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path, "*.ledger", SearchOption.AllDirectories));
        CliRun wrong = await Run("generate", "a", "--model", cache);
        Assert.Equal(ExitCode.BadInput, wrong.ExitCode);
        Assert.Contains("Name the snapshot in it: " + first, wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_LinkToAModelFolder_HasTheFoldersLedger()
    {
        using TemporaryFolder folder = new();
        string real = folder["real"];
        Directory.CreateDirectory(real);
        foreach (string file in Directory.EnumerateFiles(model.Model))
        {
            File.Copy(file, Path.Combine(real, Path.GetFileName(file)));
        }

        Directory.CreateSymbolicLink(folder["a"], "real");
        Directory.CreateSymbolicLink(folder["b"], "a");

        JsonElement edit = (await CliRun.Of("edit", "The capital of Indonesia is", "Paris", "--model", folder["b"], "--json")).Done().Json;

        Assert.EndsWith("real.ledger", edit.GetProperty("ledger").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, (await CliRun.Of("log", "--model", real, "--json")).Done().Json.GetProperty("versions").GetArrayLength());
    }

    /// <summary>Links as huggingface_hub makes them.</summary>
    private string Snapshot(string cache, string commit)
    {
        string snapshot = Directory.CreateDirectory(Path.Combine(cache, "snapshots", commit)).FullName;
        Directory.CreateDirectory(Path.Combine(cache, "blobs"));
        foreach (string file in Directory.EnumerateFiles(model.Model).Where(f => f != model.Editor))
        {
            string blob = Path.Combine(cache, "blobs", Path.GetFileName(file) + "-blob");
            File.Copy(file, blob, overwrite: true);
            File.CreateSymbolicLink(Path.Combine(snapshot, Path.GetFileName(file)), Path.Combine("..", "..", "blobs", Path.GetFileName(blob)));
        }

        return snapshot;
    }
}
