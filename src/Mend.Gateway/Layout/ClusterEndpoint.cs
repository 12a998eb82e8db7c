using Mend.Ledger;
using Mend.Models;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>GET /v1/cluster: where the model's blocks are.</summary>
internal static class ClusterEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/cluster", GetAsync).Produces<ClusterInfo>()
        .WithSummary("Where the model's blocks are: shards, the silos that hold them, memory.").WithTags("cluster");

    private static async Task<IResult> GetAsync(HttpContext context, ServedModel served)
    {
        ModelVersion head = await served.Model.HeadAsync(context.RequestAborted);
        ModelLayout layout = await served.Model.LayoutAsync(context.RequestAborted);
        ModelArchitecture architecture = served.Model.Architecture;
        int Blocks(int stage) => architecture.Stages.Take(stage).Count(s => s.Kind == StageKind.Block);
        return Results.Json(
            new ClusterInfo(
                served.Name,
                architecture.Family,
                head.Number,
                Blocks(architecture.Stages.Count),
                [.. layout.Shards.Select(s => new ShardInfo(s.Shard, Blocks(s.Stages.Start), Blocks(s.Stages.End), s.Bytes, s.Silo, s.StagesLoaded, s.Stages.End - s.Stages.Start, s.Serves))],
                layout.Silos),
            Json.Options);
    }
}

/// <summary>Where the model's blocks are.</summary>
/// <param name="Model">The model's name.</param>
/// <param name="Family">Its family.</param>
/// <param name="Version">Its newest version.</param>
/// <param name="Blocks">How many blocks it has.</param>
/// <param name="Shards">Its shards, first to last.</param>
/// <param name="Silos">The processes that hold them.</param>
public sealed record ClusterInfo(string Model, string Family, long Version, int Blocks, IReadOnlyList<ShardInfo> Shards, IReadOnlyList<SiloLayout> Silos);

/// <summary>One shard.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="FirstBlock">Its first block.</param>
/// <param name="EndBlock">One past its last block.</param>
/// <param name="Bytes">Bytes of its weights; null where nobody is there to tell.</param>
/// <param name="Silo">The process that holds it, or null.</param>
/// <param name="StagesLoaded">Stages that are loaded: blocks, embeddings and head.</param>
/// <param name="Stages">Stages that it has.</param>
/// <param name="Serves">Whether it answers.</param>
public sealed record ShardInfo(int Shard, int FirstBlock, int EndBlock, long? Bytes, string? Silo, int StagesLoaded, int Stages, bool Serves);
