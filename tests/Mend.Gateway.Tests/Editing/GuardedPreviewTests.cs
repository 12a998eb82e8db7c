using System.Net;
using System.Text.Json;

namespace Mend.Gateway.Tests.Editing;

/// <summary>A model in this process with an editor of the joint method, which has a guard.</summary>
public sealed class JointProcess : OneProcess
{
    protected override EditableFolder NewFolder() => EditableFolder.Joint();
}

public sealed class GuardedPreviewTests(JointProcess site) : IClassFixture<JointProcess>
{
    [Fact]
    public async Task Preview_OfAnEditThatTheGuardWouldRefuse_SaysSo()
    {
        (_, JsonElement kept) = await site.PostAsync("/v1/edits", new { prompt = "look at the moon", target = "7", subject = "moon" }, ("Prefer", "wait=60"));
        object hopeless = new { prompt = "a cat says", target = "moo", subject = "cat" };

        (_, JsonElement preview) = await site.PostAsync("/v1/edits/preview", hopeless);
        (HttpStatusCode refused, JsonElement problem) = await site.PostAsync("/v1/edits", hopeless, ("Prefer", "wait=60"));
        (_, JsonElement proposal) = await site.PostAsync("/v1/proposals", hopeless);
        (HttpStatusCode approved, _) = await site.PostAsync($"/v1/proposals/{proposal.GetProperty("id").GetInt64()}/approve", "{}");

        Assert.Equal("committed", kept.GetProperty("status").GetString());
        JsonElement guard = preview.GetProperty("guard");
        Assert.Equal((1, 1), (guard.GetProperty("looked").GetInt32(), guard.GetProperty("tolerated").GetInt32()));
        string fault = guard.GetProperty("faults")[0].GetString()!;
        Assert.Equal((HttpStatusCode.UnprocessableEntity, HttpStatusCode.UnprocessableEntity), (refused, approved));
        Assert.Contains(fault, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(fault, proposal.GetProperty("preview").GetProperty("guard").GetProperty("faults")[0].GetString());
    }
}
