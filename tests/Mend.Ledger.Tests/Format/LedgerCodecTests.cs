using System.Text;
using System.Text.Json;
using Mend.Editing;

namespace Mend.Ledger.Tests.Format;

/// <summary>How versions are written: those that know no joint edit as ever, others in a format that older releases refuse.</summary>
public sealed class LedgerCodecTests
{
    private static readonly Sha256Digest Digest = Sha256Digest.Of([1, 2, 3]);

    [Fact]
    public void Encode_EditOfTheFirstKind_IsTheDocumentOfTheFirstFormat()
    {
        string body = $$"""
            {
                "version": 1,
                "previousDigest": "{{Digest}}",
                "time": "2026-01-02T03:04:05+00:00",
                "kind": "edit",
                "edits": [
                  {
                    "id": "a",
                    "prompt": "The capital of France is",
                    "target": "Lyon",
                    "factors": [
                      {
                        "edit": "a",
                        "layer": "h.0.mlp",
                        "shard": 0,
                        "digest": "{{Digest}}",
                        "rank": 2,
                        "inputs": 3,
                        "outputs": 4,
                        "bytes": 60
                      }
                    ]
                  }
                ],
                "reverts": []
              }
            """;

        string document = Text(LedgerCodec.Encode(Entry(algorithm: null)).Bytes);

        Assert.Equal($$"""
            {
              "format": 1,
              "digest": "{{Sha256Digest.Of(Encoding.UTF8.GetBytes(body))}}",
              "body": {{body}}
            }

            """, document);
    }

    [Fact]
    public void Encode_RevertAndHeader_AreOfTheFirstFormat()
    {
        LedgerEntry revert = new() { Version = new ModelVersion(2), PreviousDigest = Digest, Time = DateTimeOffset.UnixEpoch, Kind = LedgerEntryKind.Revert, Reverts = [new ModelVersion(1)] };

        Assert.Equal(1, Format(LedgerCodec.Encode(revert).Bytes));
        Assert.Equal(1, Format(LedgerCodec.Encode(new LedgerHeader { BaseModel = Samples.BaseModel, CreatedAt = DateTimeOffset.UnixEpoch }).Bytes));
    }

    [Fact]
    public void Encode_JointEdit_IsOfTheSecondFormatAndIsReadBack()
    {
        LedgerEntry entry = Entry("joint");

        (byte[] bytes, Sha256Digest digest) = LedgerCodec.Encode(entry);

        Assert.Equal(2, Format(bytes));
        Assert.Contains("\"algorithm\": \"joint\"", Text(bytes), StringComparison.Ordinal);
        (LedgerEntry back, Sha256Digest read) = LedgerCodec.DecodeEntry(bytes, entry.Version, "here");
        Assert.Equal(digest, read);
        Assert.Equal(entry.Edits[0].Factors, back.Edits[0].Factors);
    }

    [Fact]
    public void DecodeEntry_UnknownAlgorithm_IsRefusedByName()
    {
        byte[] bytes = LedgerCodec.Encode(Entry("sum of sums")).Bytes;

        LedgerDamagedException error = Assert.Throws<LedgerDamagedException>(() => LedgerCodec.DecodeEntry(bytes, new ModelVersion(1), "here"));

        Assert.Contains("'sum of sums'", error.Message, StringComparison.Ordinal);
        Assert.Equal("here", error.Location);
    }

    [Fact]
    public void DecodeEntry_FormatOfTheFuture_AsksForAnUpgrade()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Text(LedgerCodec.Encode(Entry("joint")).Bytes).Replace("\"format\": 2", "\"format\": 4", StringComparison.Ordinal));

        LedgerFormatException error = Assert.Throws<LedgerFormatException>(() => LedgerCodec.DecodeEntry(bytes, new ModelVersion(1), "here"));

        Assert.Equal((4, 3), (error.Found, error.Supported));
    }

    /// <summary>The kind of factors stands in the ledger as well as in their file.</summary>
    [Fact]
    public async Task Commit_JointFactors_AreNamedAndComeBack()
    {
        InMemoryLedgerStore store = new(null);
        EditFactors joint = new("h.0.mlp", 1, 2, 3, [1, 2], [3, 4, 5], 1, new JointTerm([6, 7], "metric", "subject"));
        await using (EditLedger ledger = await EditLedger.OpenAsync(store, Samples.BaseModel))
        {
            EditId id = new("a");
            CommittedEdit edit = new() { Id = id, Prompt = "p", Target = "t", Factors = await ledger.PrepareAsync(id, 0, [joint, Samples.Layer("h.1.mlp")]) };
            await ledger.CommitAsync(ModelVersion.Base, [edit]);
        }

        await using EditLedger reopened = await EditLedger.OpenAsync(store.Connect(), Samples.BaseModel);
        IReadOnlyList<FactorReference> references = (await reopened.ViewAsync(new ModelVersion(1))).Edits[0].Edit.Factors;
        EditFactors back = (await reopened.LoadFactorsAsync(references))[0];

        Assert.Equal(["joint", null], references.Select(r => r.Algorithm));
        Assert.Equal(joint.Joint!.Keys, back.Joint!.Keys);
        Assert.Equal(("metric", "subject"), (back.Joint.Metric, back.Joint.Subject));
    }

    private static LedgerEntry Entry(string? algorithm) => new()
    {
        Version = new ModelVersion(1),
        PreviousDigest = Digest,
        Time = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        Kind = LedgerEntryKind.Edit,
        Edits =
        [
            new CommittedEdit
            {
                Id = new EditId("a"),
                Prompt = "The capital of France is",
                Target = "Lyon",
                Factors =
                [
                    new FactorReference
                    {
                        Edit = new EditId("a"), Shard = 0, Digest = Digest, Layer = "h.0.mlp", Rank = 2, Inputs = 3, Outputs = 4, Bytes = 60, Algorithm = algorithm,
                    },
                ],
            },
        ],
    };

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static int Format(byte[] bytes)
    {
        using JsonDocument document = JsonDocument.Parse(bytes);
        return document.RootElement.GetProperty("format").GetInt32();
    }
}
