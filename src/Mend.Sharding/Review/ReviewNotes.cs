using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>What people say of edits, as the notes of the ledger hold it. A kind that a newer release adds is passed over.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind", IgnoreUnrecognizedTypeDiscriminators = true, UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FallBackToBaseType)]
[JsonDerivedType(typeof(ProposedNote), "proposed")]
[JsonDerivedType(typeof(PreviewedNote), "previewed")]
[JsonDerivedType(typeof(DecidedNote), "decided")]
[JsonDerivedType(typeof(EndedNote), "ended")]
[JsonDerivedType(typeof(CanaryNote), "canary")]
[JsonDerivedType(typeof(CanaryEndedNote), "canary-ended")]
[JsonDerivedType(typeof(EvaluatedNote), "evaluated")]
internal record ReviewNote
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>When it was written.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Drawn for it, so that no two notes are the same.</summary>
    public string Token { get; init; } = Guid.NewGuid().ToString("n");

    public byte[] Encode() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <exception cref="LedgerDamagedException">It is none.</exception>
    public static ReviewNote Decode(byte[] bytes, long number)
    {
        try
        {
            return JsonSerializer.Deserialize<ReviewNote>(bytes, Json) ?? throw new JsonException("It is null.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new LedgerDamagedException($"Note {number} of the ledger", "It is no note of a review.", "Restore the ledger's notes from a backup.", error);
        }
    }
}

/// <summary>Edits are proposed. The proposal's number is how many there are with it.</summary>
internal sealed record ProposedNote : ReviewNote
{
    public string? Key { get; init; }

    public required IReadOnlyList<ProposedEdit> Edits { get; init; }

    public EditOrigin? Origin { get; init; }

    public string? ProposedWith { get; init; }

    public required IReadOnlyList<PreviewQuestion> Questions { get; init; }

    public IReadOnlyList<int> Ends { get; init; } = [];

    public required EditPreview Preview { get; init; }
}

/// <summary>A proposal was looked at again.</summary>
internal sealed record PreviewedNote : ReviewNote
{
    public required long Proposal { get; init; }

    public required EditPreview Preview { get; init; }
}

/// <summary>A proposal is decided on.</summary>
internal sealed record DecidedNote : ReviewNote
{
    public required long Proposal { get; init; }

    public required bool Approved { get; init; }

    public string? By { get; init; }

    public string? Reason { get; init; }

    public bool Forced { get; init; }

    public double? Canary { get; init; }
}

/// <summary>What became of a proposal after its approval: a version, or none.</summary>
internal sealed record EndedNote : ReviewNote
{
    public required long Proposal { get; init; }

    public long? Version { get; init; }

    public IReadOnlyList<RejectedEdit> Rejected { get; init; } = [];
}

/// <summary>The version that follows another is on trial, if its edits have a key.</summary>
internal sealed record CanaryNote : ReviewNote
{
    public required long Stable { get; init; }

    public required string Key { get; init; }

    public required double Share { get; init; }

    public string? By { get; init; }
}

/// <summary>A version is on trial no more.</summary>
internal sealed record CanaryEndedNote : ReviewNote
{
    public required string Key { get; init; }

    public string? By { get; init; }
}

/// <summary>A version was measured.</summary>
internal sealed record EvaluatedNote : ReviewNote
{
    public required string Id { get; init; }

    public string? Name { get; init; }

    public string? By { get; init; }

    public required long Version { get; init; }

    public required int Records { get; init; }

    public required double EditSuccess { get; init; }

    public double? Generality { get; init; }

    public double? Locality { get; init; }

    public double? Drawdown { get; init; }

    public double? PerplexityRatio { get; init; }

    public required double Seconds { get; init; }

    public Evaluation ToEvaluation() => new(Id, Name, By, At, Version, Records, EditSuccess, Generality, Locality, Drawdown, PerplexityRatio, Seconds);
}
