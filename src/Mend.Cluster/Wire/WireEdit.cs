using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>An edit that is asked for. See <see cref="EditRequest"/>.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Target">The right answer.</param>
/// <param name="Key">The idempotency key, or null.</param>
/// <param name="Subject">What the prompt is about, or null.</param>
/// <param name="Rephrases">Other wordings with the same answer.</param>
/// <param name="Force">See <see cref="EditRequest.Force"/>.</param>
/// <param name="Origin">Who asks for it and why, or null.</param>
/// <param name="Expected">The head that it is for, or null.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.edit")]
public sealed record WireEdit(
    [property: Id(0)] string Prompt, [property: Id(1)] string Target, [property: Id(2)] string? Key, [property: Id(3)] string? Subject, [property: Id(4)] string[]? Rephrases,
    [property: Id(5)] bool Force, [property: Id(6)] WireOrigin? Origin, [property: Id(7)] long? Expected)
{
    /// <summary>About the bytes that it takes.</summary>
    public long Weight => (sizeof(char) * ((long)Prompt.Length + Target.Length + (Key?.Length ?? 0) + (Subject?.Length ?? 0) + (Rephrases?.Sum(r => (long)r.Length + 8) ?? 0)
        + (Origin?.Author?.Length ?? 0) + (Origin?.Reason?.Length ?? 0) + (Origin?.Source?.Length ?? 0) + (Origin?.Approver?.Length ?? 0))) + 64;

    /// <summary>Wraps a request.</summary>
    /// <param name="request">The request.</param>
    public static WireEdit Of(EditRequest request) => new(
        request.Prompt, request.Target, request.IdempotencyKey, request.Subject, [.. request.Rephrases], request.Force, WireOrigin.Of(request.Origin), request.Expected?.Number);

    /// <summary>The request.</summary>
    public EditRequest ToRequest() => new(Prompt, Target, Key)
    {
        Subject = Subject,
        Rephrases = Rephrases ?? [],
        Force = Force,
        Origin = Origin?.ToOrigin(),
        Expected = Expected is { } version ? new ModelVersion(version) : null,
    };

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireEdit);
}

/// <summary>Versions to take back. See <see cref="RevertRequest"/>.</summary>
/// <param name="Versions">The versions.</param>
/// <param name="Key">The idempotency key, or null.</param>
/// <param name="Origin">Who asks for it and why, or null.</param>
/// <param name="Expected">The head that it is for, or null.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.revert")]
public sealed record WireRevert([property: Id(0)] long[] Versions, [property: Id(1)] string? Key, [property: Id(2)] WireOrigin? Origin, [property: Id(3)] long? Expected)
{
    /// <summary>Wraps a request.</summary>
    /// <param name="request">The request.</param>
    public static WireRevert Of(RevertRequest request) =>
        new([.. request.Versions.Select(v => v.Number)], request.IdempotencyKey, WireOrigin.Of(request.Origin), request.Expected?.Number);

    /// <summary>The request.</summary>
    public RevertRequest ToRequest() => new([.. Versions.Select(v => new ModelVersion(v))], Key)
    {
        Origin = Origin?.ToOrigin(),
        Expected = Expected is { } version ? new ModelVersion(version) : null,
    };

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireRevert);
}

/// <summary>Who asks for a change and why. See <see cref="EditOrigin"/>.</summary>
/// <param name="Author">Who, or null.</param>
/// <param name="Reason">Why, or null.</param>
/// <param name="Source">Where it says so, or null.</param>
/// <param name="Approver">Who approved it, or null.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.origin")]
public sealed record WireOrigin([property: Id(0)] string? Author, [property: Id(1)] string? Reason, [property: Id(2)] string? Source, [property: Id(3)] string? Approver)
{
    /// <summary>Wraps an origin.</summary>
    /// <param name="origin">The origin, or null.</param>
    public static WireOrigin? Of(EditOrigin? origin) => origin is null ? null : new(origin.Author, origin.Reason, origin.Source, origin.Approver);

    /// <summary>The origin.</summary>
    public EditOrigin ToOrigin() => new() { Author = Author, Reason = Reason, Source = Source, Approver = Approver };

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireOrigin);
}

/// <summary>How to consolidate. See <see cref="ConsolidationOptions"/>.</summary>
/// <param name="Steps">See there.</param>
/// <param name="Rate">See there.</param>
/// <param name="Confidence">See there.</param>
/// <param name="DivergenceWeight">See there.</param>
/// <param name="ProtectedPerStep">See there.</param>
/// <param name="Decay">See there.</param>
/// <param name="Seed">See there.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.consolidation")]
public sealed record WireConsolidation(
    [property: Id(0)] int Steps,
    [property: Id(1)] float Rate,
    [property: Id(2)] float? Confidence,
    [property: Id(3)] float DivergenceWeight,
    [property: Id(4)] int ProtectedPerStep,
    [property: Id(5)] float Decay,
    [property: Id(6)] int Seed)
{
    /// <summary>Wraps options.</summary>
    /// <param name="options">The options.</param>
    public static WireConsolidation Of(ConsolidationOptions options) =>
        new(options.Steps, options.Rate, options.Confidence, options.DivergenceWeight, options.ProtectedPerStep, options.Decay, options.Seed);

    /// <summary>The options.</summary>
    public ConsolidationOptions ToOptions() => new()
    {
        Steps = Steps,
        Rate = Rate,
        Confidence = Confidence,
        DivergenceWeight = DivergenceWeight,
        ProtectedPerStep = ProtectedPerStep,
        Decay = Decay,
        Seed = Seed,
    };

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireConsolidation);
}

/// <summary>Time spent in a stage. See <see cref="StageDuration"/>.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Duration">How long.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.stage")]
public sealed record WireStage([property: Id(0)] string Stage, [property: Id(1)] TimeSpan Duration)
{
    /// <summary>Wraps durations.</summary>
    /// <param name="stages">The durations.</param>
    public static WireStage[] Of(IReadOnlyList<StageDuration> stages) => [.. stages.Select(s => new WireStage(s.Stage, s.Duration))];

    /// <summary>The duration.</summary>
    public StageDuration ToStage() => new(Stage, Duration);

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireStage);
}

/// <summary>What became of an edit. See <see cref="EditOutcome"/>.</summary>
/// <param name="Version">The version.</param>
/// <param name="AlreadyCommitted">Whether an earlier request had committed it.</param>
/// <param name="Attempts">Gradient passes made.</param>
/// <param name="Stages">Time by stage.</param>
/// <param name="Rejected">Prompt, target and reason of each edit that was not committed.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.outcome")]
public sealed record WireOutcome(
    [property: Id(0)] long Version, [property: Id(1)] bool AlreadyCommitted, [property: Id(2)] int Attempts, [property: Id(3)] WireStage[] Stages, [property: Id(4)] string[][]? Rejected)
{
    /// <summary>Wraps an outcome.</summary>
    /// <param name="outcome">The outcome.</param>
    public static WireOutcome Of(EditOutcome outcome) => new(outcome.Version.Number, outcome.AlreadyCommitted, outcome.Attempts, WireStage.Of(outcome.Stages), [.. outcome.Rejected.Select(r => new[] { r.Prompt, r.Target, r.Reason })]);

    /// <summary>The outcome.</summary>
    public EditOutcome ToOutcome() => new(new ModelVersion(Version), AlreadyCommitted, Attempts, [.. Stages.Select(s => s.ToStage())])
    {
        Rejected = [.. (Rejected ?? []).Select(r => new RejectedEdit(r[0], r[1], r[2]))],
    };

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireOutcome);
}

/// <summary>Edits computed but not committed. See <see cref="Mend.Sharding.EditDraft"/>.</summary>
/// <param name="ReadVersion">The version they go on top of.</param>
/// <param name="Factors">Factors of all layers.</param>
/// <param name="Stages">Time by stage.</param>
/// <param name="Guard">What the guard sees of them, or null.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.preview")]
public sealed record WirePreview([property: Id(0)] long ReadVersion, [property: Id(1)] WireFactors[] Factors, [property: Id(2)] WireStage[] Stages, [property: Id(3)] WireGuard? Guard)
{
    /// <summary>About the bytes that it takes.</summary>
    public long Weight => Factors.Sum(f => f.Weight) + (Guard?.Weight ?? 0);

    /// <summary>Wraps a preview.</summary>
    /// <param name="draft">The preview.</param>
    public static WirePreview Of(EditDraft draft) => new(draft.ReadVersion.Number, [.. draft.Factors.Select(WireFactors.Of)], WireStage.Of(draft.Stages), WireGuard.Of(draft.Guard));

    /// <summary>The preview.</summary>
    public EditDraft ToDraft() => new(new ModelVersion(ReadVersion), [.. Factors.Select(f => f.ToFactors())], [.. Stages.Select(s => s.ToStage())]) { Guard = Guard?.ToReport() };

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WirePreview);
}

/// <summary>What a client must know to read a model: its description, and how it is split.</summary>
/// <param name="Name">The model's name.</param>
/// <param name="Files">Small files of its folder: configuration and tokenizer.</param>
/// <param name="Fingerprint">What identifies the base model: name, then its parts.</param>
/// <param name="Shards">End of each shard's range of stages.</param>
/// <param name="Digest">What passes through the model must name; see <see cref="ModelDigest"/>.</param>
/// <param name="PieceBytes">Bytes of what travels in one message.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.model")]
public sealed record WireModel(
    [property: Id(0)] string Name,
    [property: Id(1)] Dictionary<string, byte[]> Files,
    [property: Id(2)] KeyValuePair<string, string>[] Fingerprint,
    [property: Id(3)] int[] Shards,
    [property: Id(4)] string Digest,
    [property: Id(5)] int PieceBytes)
{
    /// <summary>About the bytes that it takes.</summary>
    public long Weight => Files.Sum(f => f.Value.LongLength + f.Key.Length + 16);

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireModel);
}
