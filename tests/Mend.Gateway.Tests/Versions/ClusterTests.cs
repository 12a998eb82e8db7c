using System.Net;
using System.Text.Json;

namespace Mend.Gateway.Tests.Versions;

public sealed class ClusterOfOneProcess(OneProcess site) : ClusterTests(site, silos: 1, shards: 2), IClassFixture<OneProcess>;

public sealed class ClusterOfThreeSilos(ThreeSilos site) : ClusterTests(site, silos: 3, shards: 3), IClassFixture<ThreeSilos>;

public abstract class ClusterTests(Site site, int silos, int shards)
{
    [Fact]
    public async Task Cluster_OfTheModel_HasEveryBlockOnceAndWhereItIs()
    {
        (HttpStatusCode status, JsonElement body) = await site.GetAsync("/v1/cluster");

        Assert.Equal(HttpStatusCode.OK, status);
        JsonElement[] told = [.. body.GetProperty("shards").EnumerateArray()];
        Assert.Equal((silos, shards), (body.GetProperty("silos").GetArrayLength(), told.Length));
        int blocks = body.GetProperty("blocks").GetInt32();
        Assert.Equal(site.Model.Architecture.Stages.Count(s => s.Kind == Mend.Models.StageKind.Block), blocks);
        Assert.Equal(Enumerable.Range(0, blocks), told.SelectMany(s => Enumerable.Range(s.GetProperty("first_block").GetInt32(), s.GetProperty("end_block").GetInt32() - s.GetProperty("first_block").GetInt32())));
        Assert.Equal(silos, told.Select(s => s.GetProperty("silo").GetString()).Distinct().Count());
        Assert.All(told, s => Assert.True(s.GetProperty("serves").GetBoolean() && s.GetProperty("bytes").GetInt64() > 0 && s.GetProperty("stages_loaded").GetInt32() == s.GetProperty("stages").GetInt32(), s.GetRawText()));
        Assert.All(body.GetProperty("silos").EnumerateArray(), s => Assert.True(s.GetProperty("memory").GetInt64() > 0));
    }
}
