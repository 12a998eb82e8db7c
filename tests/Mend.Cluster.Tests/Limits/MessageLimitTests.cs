using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Microsoft.Extensions.Options;

namespace Mend.Cluster.Tests.Limits;

public sealed class MessageLimitTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private const int Limit = 64 << 10;
    private const int Edits = 80;

    /// <summary>20 rows of 30 tokens in the search for the strength alone are more than the limit.</summary>
    [Fact]
    public async Task Calls_LargerThanAMessage_TravelInPiecesWithTheSameBits()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, model: (_, model) => model.MessageLimit = Limit);
        await using EmbeddedModel embedded = await cluster.EmbeddedAsync();
        EditRequest edit = new("the sky over the hills is quite", "red");
        PromptTarget[] prompts = [.. Enumerable.Range(0, 200).Select(i => new PromptTarget($"number {i} comes after the number", $" {i - 1}"))];

        await cluster.Model.EditAsync([edit]);
        await embedded.EditAsync([edit]);

        Assert.Equal(await DigestsAsync(embedded), await DigestsAsync(cluster.Model));
        Assert.Equal(await embedded.ScoreAsync([.. prompts.Take(100)]), await cluster.Model.ScoreAsync([.. prompts.Take(100)]));
        Assert.Equal(prompts.Length, (await cluster.Model.ScoreAsync(prompts)).Count);
        EditDraft draft = await cluster.Model.PreviewAsync([new EditRequest(string.Concat(Enumerable.Repeat("a cat says ", 3)), "moo")]);
        Assert.NotEmpty(await cluster.Model.ScoreAsync([prompts[0]], preview: draft));
        Assert.All(cluster.Silos.Silos, s => Assert.Equal(Limit, s.ServiceProvider.GetRequiredService<IOptions<SiloMessagingOptions>>().Value.MaxMessageBodySize));
        Assert.All(cluster.Silos.Silos, s => Assert.Equal(0, s.ServiceProvider.GetRequiredService<SiloModel>().Requests.Taken));
    }

    [Fact]
    public async Task LogAsync_MoreEntriesThanAMessageTakes_ComesInPages()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1, model: (_, model) => model.MessageLimit = Limit);
        for (int i = 0; i < Edits; i++)
        {
            await cluster.Model.EditAsync([new EditRequest($"number {i} is", "x") { Origin = new EditOrigin { Reason = new string('r', 1000) } }]);
        }

        IReadOnlyList<LedgerEntry> log = await cluster.Model.LogAsync();

        Assert.Equal(Enumerable.Range(1, Edits).Select(i => (long)i), log.Select(e => e.Version.Number));
        Assert.True(Edits * 1000 > Limit, "One page would do.");
        Assert.All(log, e => Assert.Equal(1000, e.Edits[0].Origin!.Reason!.Length));
    }

    private static async Task<IEnumerable<string>> DigestsAsync(IEditableModel model) =>
        (await model.LogAsync()).SelectMany(e => e.Edits).SelectMany(e => e.Factors).Select(f => f.Digest.ToString());
}
