using Mend.Ledger;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>GET /v1/versions/{a}/diff/{b}: which edits two versions differ in, and how each answers.</summary>
internal static class DiffEndpoint
{
    private const int DefaultTokens = 16;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/versions/{a}/diff/{b}", DiffAsync)
        .AddEndpointFilter(Admission.FilterAsync).Produces<VersionDiff>()
        .WithSummary("Edits of one version that another does not have, and how each of them answers prompts (prompt=…, several times; max_tokens).").WithTags("versions");

    private static async Task<IResult> DiffAsync(
        HttpContext context, ServedModel served, GatewayOptions options, string a, string b, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "prompt")] string[]? prompts, [Microsoft.AspNetCore.Mvc.FromQuery(Name = "max_tokens")] int? maxTokens)
    {
        SamplingRequest.Check("max_tokens", maxTokens, 1, options.Limits.MaxTokens);
        prompts ??= [];
        if (prompts.Length > options.Limits.MaxChoices || prompts.Any(string.IsNullOrWhiteSpace))
        {
            throw RequestException.Invalid("prompt", $"prompt is wanted at most {options.Limits.MaxChoices} times, never empty.");
        }

        IReadOnlyList<LedgerEntry> log = await served.Model.LogAsync(context.RequestAborted);
        ModelVersion head = new(log.Count), from = VersionsEndpoints.Parse(a, head), to = VersionsEndpoints.Parse(b, head);
        IReadOnlyList<LedgerEntry> before = Live(log, from), after = Live(log, to);
        List<DiffAnswer> answers = [];
        foreach (string prompt in prompts)
        {
            Question question = new(prompt) { Sampling = new SamplingOptions { MaxNewTokens = maxTokens ?? DefaultTokens } };
            answers.Add(new DiffAnswer(
                prompt,
                (await served.Model.AnswerAsync(question with { Version = from }, context.RequestAborted)).Text,
                (await served.Model.AnswerAsync(question with { Version = to }, context.RequestAborted)).Text));
        }

        return Results.Json(new VersionDiff(from.Number, to.Number, Edits(after.Except(before)), Edits(before.Except(after)), answers), Json.Options);
    }

    /// <summary>The entries that are in effect at a version.</summary>
    private static List<LedgerEntry> Live(IReadOnlyList<LedgerEntry> log, ModelVersion version)
    {
        List<LedgerEntry> entries = [.. log.Take((int)version.Number)];
        IReadOnlyDictionary<ModelVersion, ModelVersion> reverted = LedgerLog.Reverted(entries);
        return [.. entries.Where(e => !reverted.ContainsKey(e.Version))];
    }

    private static List<DiffEdit> Edits(IEnumerable<LedgerEntry> entries) =>
        [.. entries.SelectMany(e => e.Edits.Where(edit => edit.Consolidates is null).Select(edit => new DiffEdit(e.Version.Number, VersionEdit.Of(edit))))];
}

/// <summary>What two versions differ in.</summary>
/// <param name="From">The one.</param>
/// <param name="To">The other.</param>
/// <param name="Added">Edits that the other has.</param>
/// <param name="Removed">Edits that the one has.</param>
/// <param name="Answers">How each answers the prompts.</param>
public sealed record VersionDiff(long From, long To, IReadOnlyList<DiffEdit> Added, IReadOnlyList<DiffEdit> Removed, IReadOnlyList<DiffAnswer> Answers);

/// <summary>An edit that one of two versions has.</summary>
/// <param name="Version">The version that committed it.</param>
/// <param name="Edit">The edit.</param>
public sealed record DiffEdit(long Version, VersionEdit Edit);

/// <summary>How two versions answer a prompt.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="From">The one's greedy answer.</param>
/// <param name="To">The other's.</param>
public sealed record DiffAnswer(string Prompt, string From, string To);
