using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>A pass, and what enters the shard it goes to. Mirrors <see cref="Pass"/>.</summary>
[GenerateSerializer, Immutable, Alias("mend.wire.pass")]
public sealed class WirePass
{
    [Id(0)] private int _batchSize;
    [Id(1)] private byte[] _inputIds = [];
    [Id(2)] private byte[]? _mask;
    [Id(3)] private byte[]? _decoderIds;
    [Id(4)] private byte[]? _decoderMask;
    [Id(5)] private byte[]? _tokenTypes;
    [Id(6)] private byte[] _likelihoodRows = [];
    [Id(7)] private byte[] _likelihoodTokens = [];
    [Id(8)] private WireTensor? _likelihoodWeights;
    [Id(9)] private byte[] _divergenceRows = [];
    [Id(10)] private WireTensor? _divergenceWeights;
    [Id(11)] private WireTensor? _reference;
    [Id(12)] private int? _gradientFrom;
    [Id(13)] private int _outputs;
    [Id(14)] private byte[]? _outputRows;
    [Id(15)] private long _version;
    [Id(16)] private WireFactors[] _before = [];
    [Id(17)] private WireFactors[] _preview = [];
    [Id(18)] private WireTensor? _previewScales;
    [Id(19)] private string[] _drafts = [];
    [Id(20)] private WireDraft[] _draftsBefore = [];
    [Id(21)] private WireDraft? _draftOnTop;
    [Id(22)] private int _startStage;
    [Id(25)] private WireTensor? _hidden;
    [Id(26)] private WireTensor? _encoder;
    [Id(27)] private WireEditor? _editor;

    /// <summary>Numbers of one token that a stage has at a time, over the model's width: queries, keys and values, the MLP's, norms and residuals.</summary>
    private const int IntermediateWidths = 16;

    /// <summary>The pass's hooks as orders, or null.</summary>
    [Id(28)]
    public WireHooks? Hooks { get; private init; }

    /// <summary>The silo that sent the pass; null for a client.</summary>
    [Id(29)]
    public SiloAddress? Caller { get; private init; }

    /// <summary>The stage that the activations enter, by the sender's plan.</summary>
    [Id(30)]
    public int Enters { get; private init; }

    [Id(31)] private string? _versionDigest;
    [Id(32)] private WireText[] _texts = [];

    /// <summary>Bytes of the activations.</summary>
    public long ActivationBytes => (_hidden?.ByteLength ?? 0) + (_encoder?.ByteLength ?? 0);

    /// <summary>Whether shards keep drafts of edits for it.</summary>
    public bool KeepsDrafts => _drafts.Length > 0;

    /// <summary>About the bytes that it takes.</summary>
    public long Weight => ActivationBytes
        + new[] { _inputIds, _mask, _decoderIds, _decoderMask, _tokenTypes, _likelihoodRows, _likelihoodTokens, _divergenceRows, _outputRows }.Sum(b => b?.LongLength ?? 0)
        + new[] { _likelihoodWeights, _divergenceWeights, _reference, _previewScales }.Sum(t => t?.ByteLength ?? 0)
        + _before.Concat(_preview).Sum(f => f.Weight)
        + (sizeof(char) * (_drafts.Sum(d => d.Length + 8L) + _draftsBefore.Sum(d => d.Name.Length + 32L)))
        + _texts.Sum(t => t.Weight) + (Hooks?.Weight ?? 0) + 512;

    /// <summary>
    /// About the memory that the pass takes on a shard: what came and is handed on, the intermediates of one stage, or of all that record, and
    /// on the last shard the logits.
    /// </summary>
    /// <param name="architecture">The model.</param>
    /// <param name="range">The stages that the shard holds.</param>
    public long MemoryOn(ModelArchitecture architecture, StageRange range)
    {
        double tokens = (_inputIds.Length + (_decoderIds?.Length ?? 0)) / sizeof(int), length = tokens / Math.Max(_batchSize, 1);
        double stage = sizeof(float) * tokens * ((IntermediateWidths * (double)architecture.Width) + (architecture.Heads * length));
        int recording = _gradientFrom is { } from ? Math.Max(0, range.End - Math.Max(range.Start, from)) : 0;
        int choices = _texts.Count(t => t.Chooses);
        double asked = choices > 0 ? choices : (PassOutputs)_outputs == PassOutputs.None ? 0 : _outputRows is { } some ? some.Length / sizeof(int) : tokens;
        double rows = range.End < architecture.Stages.Count ? 0 : asked + ((_likelihoodRows.Length + _divergenceRows.Length) / sizeof(int));
        double logits = sizeof(float) * rows * architecture.Vocabulary * (recording > 0 ? 4 : 3);
        return (long)Math.Min((2d * Weight) + (stage * Math.Max(recording, 1)) + logits, long.MaxValue / 2);
    }

    /// <summary>Packs a pass.</summary>
    /// <param name="pass">The pass; its start travels as activations.</param>
    /// <param name="input">What enters the shard.</param>
    /// <param name="range">The stages that the shard holds, by the sender's plan.</param>
    /// <param name="engine">The activations' engine.</param>
    /// <param name="format">How activations travel.</param>
    /// <param name="hooks">Its hooks; null for none.</param>
    /// <param name="caller">The silo that sends it; null for a client.</param>
    /// <exception cref="NotSupportedException">A hook cannot travel.</exception>
    public static WirePass Of(
        Pass pass, ShardActivations input, StageRange range, IEngine engine, WireFormat format, PassHooks? hooks = null, SiloAddress? caller = null) => new()
        {
            Hooks = WireHooks.Of(hooks ?? PassHooks.None, engine),
            Caller = caller,
            Enters = Math.Max(range.Start, pass.StartStage),
            _editor = WireEditor.Of(pass.Editor),
            _batchSize = pass.Batch.Size,
            _inputIds = WireInts.Pack(pass.Batch.InputIds)!,
            _mask = WireInts.Pack(pass.Batch.Mask),
            _decoderIds = WireInts.Pack(pass.Batch.DecoderIds),
            _decoderMask = WireInts.Pack(pass.Batch.DecoderMask),
            _tokenTypes = WireInts.Pack(pass.Batch.TokenTypes),
            _likelihoodRows = WireInts.Pack(pass.Objective.LikelihoodRows)!,
            _likelihoodTokens = WireInts.Pack(pass.Objective.LikelihoodTokens)!,
            _likelihoodWeights = Vector(pass.Objective.LikelihoodWeights),
            _divergenceRows = WireInts.Pack(pass.Objective.DivergenceRows)!,
            _divergenceWeights = Vector(pass.Objective.DivergenceWeights),
            _reference = pass.Objective.Reference.Length == 0 ? null : Vector(pass.Objective.Reference),
            _gradientFrom = pass.GradientFrom,
            _outputs = (int)pass.Outputs,
            _outputRows = WireInts.Pack(pass.OutputRows),
            _version = pass.Version,
            _before = [.. pass.Before.Select(WireFactors.Of)],
            _preview = [.. pass.Preview.Select(WireFactors.Of)],
            _previewScales = Vector(pass.PreviewScales),
            _drafts = [.. pass.Drafts],
            _draftsBefore = [.. pass.DraftsBefore.Select(WireDraft.Of)],
            _draftOnTop = pass.DraftOnTop is { } draft ? WireDraft.Of(draft) : null,
            _startStage = pass.StartStage,
            _texts = [.. pass.Texts.Select(WireText.Of)],
            _hidden = WireTensor.Of(engine, input.Hidden, format),
            _encoder = WireTensor.Of(engine, input.Encoder, format),
            _versionDigest = input.VersionDigest,
        };

    /// <summary>Refuses a message that lacks what every one has.</summary>
    /// <exception cref="MalformedMessageException">It does.</exception>
    public void CheckWhole()
    {
        object?[] members =
        [
            _inputIds, _likelihoodRows, _likelihoodTokens, _divergenceRows, _before, _preview, _drafts, _draftsBefore, _texts,
            .. _drafts ?? [], .. (_draftsBefore ?? []).Append(_draftOnTop ?? new WireDraft("", 1, [])).SelectMany(d => new object?[] { d, d?.Name, d?.Shards }),
            .. (_before ?? []).Concat(_preview ?? []).SelectMany(f => new object?[] { f, f?.Layer, f?.U, f?.Delta }),
            .. (_texts ?? []).SelectMany(t => new object?[] { t, t?.Session }),
            .. Hooks is null ? [] : Hooks.Layers ?? [null!],
            .. (Hooks?.Layers ?? []).SelectMany(h => new object?[] { h?.Layer, h?.Tensors }.Concat(h?.Tensors ?? [])),
        ];
        if (members.Contains(null))
        {
            throw new MalformedMessageException("A pass came without what every pass has; give all silos and clients one release.");
        }
    }

    /// <summary>Refuses a pass whose parts do not fit together, or not the model. What the operands of a product must be is looked at where it is made.</summary>
    /// <param name="architecture">The model.</param>
    /// <exception cref="MalformedMessageException">They do not.</exception>
    public void CheckFits(ModelArchitecture architecture)
    {
        long ids = _inputIds.LongLength / sizeof(int), decoder = (_decoderIds?.LongLength ?? 0) / sizeof(int);
        Check(_version >= 0 && _batchSize > 0 && ids % _batchSize == 0 && decoder % _batchSize == 0, "has numbers out of range");
        Check(_decoderIds is null || architecture.DecoderStart is not null, "has inputs of a decoder, and the model has none");
        Check(Fits(_decoderMask, decoder) && Fits(_mask, ids) && Fits(_tokenTypes, ids), "has a mask or types of another length than its tokens");
        Check(_likelihoodRows.Length == _likelihoodTokens.Length && Weighs(_likelihoodWeights, _likelihoodRows), "has rows, tokens and weights of different numbers");
        long divergence = _divergenceRows.LongLength / sizeof(int);
        Check(Weighs(_divergenceWeights, _divergenceRows) && (_reference?.Values.LongLength ?? 0) == divergence * architecture.Vocabulary, "has a reference of another size than its rows");
        Check(Comes(_hidden) && Comes(_encoder), "has activations of another shape than its tokens");
        Check(_previewScales is null || _previewScales.Values.Length == _batchSize, "has strengths of another number than rows");
        Check(_texts.Length == 0 || (_batchSize == 1 && _texts.Sum(t => (long)t.Count) == (_decoderIds is null ? ids : decoder)), "has texts of other rows than its tokens");
        Check(Array.TrueForAll(_texts, t => t.IsInRange), "has texts whose numbers are out of range");
        Check(_drafts.Length == 0 || (_drafts.Length == _batchSize && _gradientFrom is not null), "drafts other edits than it has rows, or without gradients");

        static bool Fits(byte[]? values, long tokens) => values is null || values.LongLength == tokens * sizeof(int);

        static bool Weighs(WireTensor? weights, byte[] rows) => weights is null || weights.Values.LongLength == rows.LongLength / sizeof(int);

        bool Comes(WireTensor? tensor) => tensor is null || (tensor.Extents is [var size, > 0, var width] && size == _batchSize && width == architecture.Width);

        static void Check(bool holds, string what)
        {
            if (!holds)
            {
                throw new MalformedMessageException($"A pass {what}; give all silos and clients one release.");
            }
        }
    }

    /// <summary>Refuses activations that were computed for another place in the model than a shard's begin.</summary>
    /// <param name="range">The stages that the shard holds.</param>
    /// <exception cref="ModelChangedException">They were.</exception>
    public void CheckEntersAt(StageRange range)
    {
        int begins = Math.Max(range.Start, _startStage);
        if (Enters != begins || begins >= range.End)
        {
            throw new ModelChangedException(
                $"The pass enters stage {Enters}, and the shard begins at stage {begins}: silos have different plans. Give every silo the same Model:Shards, and send the request again.");
        }
    }

    /// <summary>The pass.</summary>
    public Pass ToPass() => new()
    {
        Batch = new ModelBatch(_batchSize, WireInts.Unpack(_inputIds)!, WireInts.Unpack(_mask))
        {
            DecoderIds = WireInts.Unpack(_decoderIds),
            DecoderMask = WireInts.Unpack(_decoderMask),
            TokenTypes = WireInts.Unpack(_tokenTypes),
        },
        Objective = new Objective
        {
            LikelihoodRows = WireInts.Unpack(_likelihoodRows)!,
            LikelihoodTokens = WireInts.Unpack(_likelihoodTokens)!,
            LikelihoodWeights = _likelihoodWeights?.Values,
            DivergenceRows = WireInts.Unpack(_divergenceRows)!,
            DivergenceWeights = _divergenceWeights?.Values,
            Reference = _reference?.Values ?? [],
        },
        GradientFrom = _gradientFrom,
        Outputs = (PassOutputs)_outputs,
        OutputRows = WireInts.Unpack(_outputRows),
        Version = _version,
        Before = [.. _before.Select(f => f.ToFactors())],
        Preview = [.. _preview.Select(f => f.ToFactors())],
        PreviewScales = _previewScales?.Values,
        Drafts = _drafts,
        Editor = _editor?.ToReference(),
        DraftsBefore = [.. _draftsBefore.Select(d => d.ToDraft())],
        DraftOnTop = _draftOnTop?.ToDraft(),
        StartStage = _startStage,
        Texts = [.. _texts.Select(t => t.ToRows())],
    };

    /// <summary>What enters the shard, on an engine; owned by the caller.</summary>
    /// <param name="engine">The engine.</param>
    public ShardActivations ToActivations(IEngine engine) => new(_hidden?.ToEngine(engine), _encoder?.ToEngine(engine)) { VersionDigest = _versionDigest };

    private static WireTensor? Vector(float[]? values) => values is null ? null : new WireTensor([values.Length], values);
}
