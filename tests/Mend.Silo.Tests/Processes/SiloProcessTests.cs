using System.Net;
using System.Text.Json;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Silo.Tests;

/// <summary>Real processes, told to stop by SIGTERM.</summary>
public sealed class SiloProcessTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private static readonly EditRequest Sky = EditableFolder.Edits[0];

    [Fact]
    public async Task OneSilo_StartEditTerminate_EndsWithNothingLost()
    {
        await using SiloProcesses silos = new(folder, shards: 1);
        await silos.StartAsync();
        using HttpClient http = new() { BaseAddress = silos.Http(0) };

        Assert.Equal("live\n", await http.GetStringAsync("/healthz"));
        using (HttpResponseMessage ready = await http.GetAsync("/readyz"))
        {
            JsonElement report = JsonDocument.Parse(await ready.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal((HttpStatusCode.OK, true, "silo-0"), (ready.StatusCode, report.GetProperty("ready").GetBoolean(), report.GetProperty("silo").GetString()));
            Assert.True(report.GetProperty("shards")[0].GetProperty("serves").GetBoolean());
        }

        await using (IEditableModel model = await silos.ConnectAsync())
        {
            Assert.Equal(1, (await model.EditAsync([Sky])).Version.Number);
        }

        silos.Running[0].Terminate();
        Assert.Equal(0, await silos.Running[0].EndAsync(SiloProcesses.Limit));
        Assert.Contains("is not ready. Stops", silos.Running[0].Output, StringComparison.Ordinal);
        await using EmbeddedModel after = await folder.OpenAsync(silos.Ledger);
        Assert.Equal(1, (await after.HeadAsync()).Number);
    }

    [Fact]
    public async Task OneSilo_TerminatedWhileItEdits_EndsTheEditFirst()
    {
        await using SiloProcesses silos = new(folder, shards: 1);
        await silos.StartAsync();
        await using IEditableModel model = await silos.ConnectAsync();

        Task<EditOutcome> edit = model.EditAsync([Sky with { IdempotencyKey = "k" }]);
        silos.Running[0].Terminate();
        Assert.Equal(0, await silos.Running[0].EndAsync(SiloProcesses.Limit));

        // It was taken on before the silo heard of its end, or refused as something to be sent again.
        silos.Start(0);
        Assert.Equal(1, (await edit.WaitAsync(SiloProcesses.Limit)).Version.Number);
        Assert.Single(await model.LogAsync());
    }

    [Fact]
    public async Task ModelFolder_Unusable_IsOneLineAndExitCode3()
    {
        string empty = Directory.CreateDirectory(folder.NewName()).FullName;
        await using SiloProcesses silos = new(folder, shards: 1, "--Model:ModelFolder", empty);

        silos.Start(0);

        Assert.Equal(3, await silos.Running[0].EndAsync(SiloProcesses.Limit));
        Assert.Contains("mend-silo: ", silos.Running[0].Output, StringComparison.Ordinal);
        Assert.Contains("config.json", silos.Running[0].Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", silos.Running[0].Output, StringComparison.Ordinal);
    }
}
