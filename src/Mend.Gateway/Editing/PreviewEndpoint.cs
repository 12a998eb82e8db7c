using Mend.Ledger;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>POST /v1/edits/preview: what edits would do, without committing them.</summary>
internal static class PreviewEndpoint
{
    /// <summary>Answers of earlier edits that are looked at: a preview's cost must not grow with them.</summary>
    private const int Looked = 24;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/edits/preview", PreviewAsync)
        .AddEndpointFilter(Admission.FilterAsync)
        .Accepts<PreviewBody>("application/json").Produces<EditPreview>()
        .WithSummary("What edits would do to their prompts, to others, and to the answers of earlier edits. Commits nothing.").WithTags("editing");

    private static async Task<IResult> PreviewAsync(HttpContext context, ServedModel served, GatewayOptions options)
    {
        PreviewBody body = await Json.ReadAsync<PreviewBody>(context);
        IReadOnlyList<EditItem> items = body.Items(options.Limits);
        IReadOnlyList<string> locality = body.Locality ?? [];
        if (locality.Count > options.Limits.MaxEdits || locality.Any(string.IsNullOrWhiteSpace))
        {
            throw RequestException.Invalid("locality", $"locality is wanted as at most {options.Limits.MaxEdits} prompts, none of them empty.");
        }

        EditPrompts prompts = new(served, body.Chat, body.System);
        CancellationToken gone = context.RequestAborted;
        EditDraft draft = await served.Model.PreviewAsync([.. items.Select(prompts.Request)], gone);
        (string Kind, string Prompt, string? Target)[] asked =
        [
            .. items.Select(i => ("edit", i.Prompt!, i.Target)),
            .. items.SelectMany(i => (i.Rephrases ?? []).Select(r => ("rephrase", r, i.Target))),
            .. locality.Select(l => ("locality", l, (string?)null)),
        ];
        ProbePrompt[] probes = [.. asked.Select(a => prompts.Probe(a.Prompt, a.Target))];
        IReadOnlyList<ProbeReading> before = await ProbeReader.ReadAsync(served.Model, probes, prompts.Ends, draft.ReadVersion, null, gone);
        IReadOnlyList<ProbeReading> after = await ProbeReader.ReadAsync(served.Model, probes, prompts.Ends, null, draft, gone);
        return Results.Json(
            new EditPreview(
                draft.ReadVersion.Number,
                served.IdOf(draft.ReadVersion),
                [.. asked.Select((a, i) => new PreviewRow(a.Kind, a.Prompt, a.Target, before[i], after[i]))],
                await EarlierAsync(served.Model, draft, [.. probes.Select(p => p.Taught)], gone),
                [.. draft.Stages.Select(StageTime.Of)]),
            Json.Options);
    }

    /// <summary>What becomes of the answers of earlier edits that are in effect, evenly spread over them.</summary>
    private static async Task<EarlierEdits> EarlierAsync(IEditableModel model, EditDraft draft, HashSet<string> edited, CancellationToken cancellationToken)
    {
        IReadOnlyList<LedgerEntry> log = [.. (await model.LogAsync(cancellationToken)).Where(e => e.Version <= draft.ReadVersion)];
        IReadOnlyDictionary<ModelVersion, ModelVersion> reverted = LedgerLog.Reverted(log);
        CommittedEdit[] live = [.. log.Where(e => !reverted.ContainsKey(e.Version)).SelectMany(e => e.Edits).Where(e => e.Consolidates is null && !edited.Contains(e.Prompt)).GroupBy(e => e.Prompt).Select(g => g.Last())];
        int count = Math.Min(Looked, live.Length);
        ProbePrompt[] some = [.. Enumerable.Range(1, count).Select(i => live[(int)((long)i * live.Length / count) - 1]).Select(e => new ProbePrompt(e.Prompt, e.Prompt, e.Target))];
        IReadOnlyList<AnswerScore?> before = await ProbeReader.ScoreAsync(model, some, draft.ReadVersion, null, cancellationToken);
        IReadOnlyList<AnswerScore?> after = await ProbeReader.ScoreAsync(model, some, null, draft, cancellationToken);
        return new EarlierEdits(
            count,
            [.. some.Select((p, i) => new ChangedEdit(p.Asked, p.Target!, before[i]!.Probability, after[i]!.Probability)).Where((_, i) => before[i]!.IsPredicted && !after[i]!.IsPredicted)]);
    }
}

/// <summary>Edits to look at without committing them.</summary>
public sealed record PreviewBody : EditBody
{
    /// <summary>Prompts whose answers should stay as they are, to see whether they do.</summary>
    public IReadOnlyList<string>? Locality { get; init; }
}

/// <summary>What edits would do.</summary>
/// <param name="Version">The version that they would follow.</param>
/// <param name="Model">That version's id as a model.</param>
/// <param name="Prompts">The edits' prompts, their rephrases and the prompts to look at, before and after.</param>
/// <param name="Earlier">What becomes of the answers of earlier edits.</param>
/// <param name="Stages">Time by stage.</param>
public sealed record EditPreview(long Version, string Model, IReadOnlyList<PreviewRow> Prompts, EarlierEdits Earlier, IReadOnlyList<StageTime> Stages);

/// <summary>One prompt before and after.</summary>
/// <param name="Kind">edit, rephrase or locality.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Target">The answer that is wanted, or null.</param>
/// <param name="Before">What the model says now.</param>
/// <param name="After">What it would say.</param>
public sealed record PreviewRow(string Kind, string Prompt, string? Target, ProbeReading Before, ProbeReading After);

/// <summary>What becomes of the answers of earlier edits.</summary>
/// <param name="Looked">How many were looked at.</param>
/// <param name="Lost">Those that the model gives now, and would not give any more.</param>
public sealed record EarlierEdits(int Looked, IReadOnlyList<ChangedEdit> Lost);

/// <summary>An earlier edit whose answer would be lost.</summary>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Target">Its answer.</param>
/// <param name="ProbabilityBefore">The answer's probability now.</param>
/// <param name="ProbabilityAfter">The answer's probability then.</param>
public sealed record ChangedEdit(string Prompt, string Target, double ProbabilityBefore, double ProbabilityAfter);
