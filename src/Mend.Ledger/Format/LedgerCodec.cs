using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mend.Ledger;

/// <summary>
/// The stored form of the header and of entries: <c>{ "format": 1, "digest": "sha256:…", "body": { … } }</c>, where the digest is
/// that of the body's bytes as they stand, so that the newest entry, which none follows yet, is checked too. The body of an
/// entry names the digest of the one before it (entry 1: of the header).
/// </summary>
/// <remarks>
/// Forward compatibility: a reader ignores fields that it does not know, so a release may add fields that change nothing
/// about what a version means. Whatever changes that (another kind of entry, another way to apply factors) raises the format
/// number, and an older reader refuses the ledger instead of leaving something out.
/// </remarks>
internal static class LedgerCodec
{
    /// <summary>The newest format that is read. 2 knows edits that are solved together, 3 editors in use; everything else is still written as 1.</summary>
    public const int Format = 3;

    /// <summary>What to do about damage.</summary>
    public const string Restore =
        "Restore the ledger from a backup or from another copy, all of the same moment, or give up what is beyond the damage with `mend recover`; no edit is applied until then.";

    private const string MadeByHand = "It was not written by this program in one piece. " + Restore;

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Leaves prompts in any language readable in the file; nothing of it is ever put into HTML.</summary>
    private static readonly LedgerJson Json = new(new JsonSerializerOptions(LedgerJson.Default.Options) { Encoder = WriterOptions.Encoder });

    public static (byte[] Bytes, Sha256Digest Digest) Encode(LedgerEntry entry) => Wrap(
        JsonSerializer.SerializeToUtf8Bytes(entry, Json.LedgerEntry),
        entry.Kind == LedgerEntryKind.Editor ? 3 : entry.Kind == LedgerEntryKind.Consolidation || entry.Edits.Any(e => e.Factors.Any(f => f.Algorithm is not null)) ? 2 : 1);

    public static (byte[] Bytes, Sha256Digest Digest) Encode(LedgerHeader header) => Wrap(JsonSerializer.SerializeToUtf8Bytes(
        new HeaderBody(header.BaseModel.Name, new Dictionary<string, string>(header.BaseModel.Parts), header.CreatedAt), Json.HeaderBody), 1);

    public static (LedgerHeader Header, Sha256Digest Digest) DecodeHeader(ReadOnlyMemory<byte> bytes, string location) => Decode(
        bytes,
        location,
        body =>
        {
            HeaderBody header = body.Deserialize(LedgerJson.Default.HeaderBody) ?? throw new JsonException("The body is null.");
            return new LedgerHeader { BaseModel = new BaseModelFingerprint(header.BaseModel, header.Fingerprint), CreatedAt = header.CreatedAt };
        });

    public static (LedgerEntry Entry, Sha256Digest Digest) DecodeEntry(ReadOnlyMemory<byte> bytes, ModelVersion version, string location)
    {
        (LedgerEntry entry, Sha256Digest digest) = Decode(
            bytes, location, body => Complete(body.Deserialize(LedgerJson.Default.LedgerEntry) ?? throw new JsonException("The body is null.")));
        return FirstProblem(entry, version) is { } problem
            ? throw new LedgerDamagedException(location, problem, MadeByHand)
            : (entry, digest);
    }

    /// <summary>A list that the JSON left out is empty.</summary>
    private static LedgerEntry Complete(LedgerEntry entry) => entry with { Edits = entry.Edits ?? [], Reverts = entry.Reverts ?? [] };

    private static string? FirstProblem(LedgerEntry entry, ModelVersion version) => entry switch
    {
        _ when entry.Version != version => $"The file says it is version {entry.Version}, its name says {version}.",
        { Kind: LedgerEntryKind.Edit, Edits.Count: 0 } => "An edit entry names no edit.",
        { Kind: LedgerEntryKind.Edit, Reverts.Count: > 0 } => "An edit entry also reverts.",
        { Kind: LedgerEntryKind.Consolidation } when entry.Edits is not [{ Consolidates.Count: > 0 }] || entry.Reverts.Count > 0 => "A consolidation does not name the edits it is for.",
        { Kind: LedgerEntryKind.Edit } when entry.Edits.Any(edit => edit.Consolidates is not null) => "An edit entry holds a consolidation.",
        { Kind: LedgerEntryKind.Editor } when entry.Editor is not { Name.Length: > 0 } || entry.Edits.Count > 0 || entry.Reverts.Count > 0 => "An entry that takes an editor into use names none, or does more.",
        { Kind: not LedgerEntryKind.Editor, Editor: not null } => "An entry of another kind takes an editor into use.",
        { Kind: LedgerEntryKind.Revert, Reverts.Count: 0 } => "A revert entry names no version.",
        { Kind: LedgerEntryKind.Revert, Edits.Count: > 0 } => "A revert entry also edits.",
        _ when entry.Reverts.Any(target => target >= version || target == ModelVersion.Base) => "It reverts a version that was not there.",
        _ when entry.Edits.Any(edit => edit.Factors.Count == 0 || edit.Factors.Any(factor => factor.Edit != edit.Id)) => "An edit names no factors, or another edit's.",
        _ when entry.Edits.SelectMany(edit => edit.Factors).FirstOrDefault(factor => factor.Algorithm is not (null or FactorReference.Joint)) is { } unknown
            => $"An edit is applied by '{unknown.Algorithm}', which this release does not know.",
        _ => null,
    };

    private static (T Value, Sha256Digest Digest) Decode<T>(ReadOnlyMemory<byte> bytes, string location, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            int format = root.GetProperty("format").GetInt32();
            if (format > Format)
            {
                throw new LedgerFormatException(location, format, Format);
            }

            JsonElement body = root.GetProperty("body");
            Sha256Digest actual = Sha256Digest.Of(JsonMarshal.GetRawUtf8Value(body));
            return Sha256Digest.TryParse(root.GetProperty("digest").GetString(), out Sha256Digest expected) && actual == expected
                ? (read(body), actual)
                : throw new LedgerDamagedException(location, $"The content has digest {actual}, but names {expected}: it was altered.", Restore);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new LedgerDamagedException(location, $"The {bytes.Length} bytes there are not a complete ledger document.", Restore, error);
        }
    }

    private static (byte[] Bytes, Sha256Digest Digest) Wrap(byte[] json, int format)
    {
        // Indented one step further, so the whole document reads well; a JSON string holds no bare line ends.
        byte[] body = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json).Replace("\n", "\n  ", StringComparison.Ordinal));
        Sha256Digest digest = Sha256Digest.Of(body);
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteNumber("format", format);
            writer.WriteString("digest", digest.ToString());
            writer.WritePropertyName("body");
            writer.WriteRawValue(body);
            writer.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return (stream.ToArray(), digest);
    }
}

internal sealed record HeaderBody(string BaseModel, Dictionary<string, string> Fingerprint, DateTimeOffset CreatedAt);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    NewLine = "\n",
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LedgerEntry))]
[JsonSerializable(typeof(HeaderBody))]
internal sealed partial class LedgerJson : JsonSerializerContext;
