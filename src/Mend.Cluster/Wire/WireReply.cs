using Mend.Editing;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>What a shard answers. Mirrors <see cref="ShardReply"/>.</summary>
[GenerateSerializer, Immutable, Alias("mend.wire.reply")]
public sealed class WireReply
{
    [Id(0)] private double _likelihood;
    [Id(1)] private double _divergence;
    [Id(2)] private WireTensor? _tokenLogProbabilities;
    [Id(3)] private byte[] _predictions = [];
    [Id(4)] private WireTensor? _logits;
    [Id(5)] private WireTensor? _logProbabilities;
    [Id(6)] private WireTensor? _hiddenGradient;
    [Id(7)] private WireTensor? _encoderGradient;

    [Id(9)] private WireTextResult[] _texts = [];

    /// <summary>What the pass's hooks hold, or null.</summary>
    [Id(8)]
    public WireReports? Reports { get; private init; }

    /// <summary>About the bytes that it takes.</summary>
    public long Weight => GradientBytes + _predictions.LongLength + new[] { _tokenLogProbabilities, _logits, _logProbabilities }.Sum(t => t?.ByteLength ?? 0) + (Reports?.Weight ?? 0) + _texts.Sum(t => t.Weight) + 256;

    /// <summary>Bytes of the gradients.</summary>
    public long GradientBytes => (_hiddenGradient?.ByteLength ?? 0) + (_encoderGradient?.ByteLength ?? 0);

    /// <summary>Packs a reply.</summary>
    /// <param name="reply">The reply; not disposed.</param>
    /// <param name="engine">The gradients' engine.</param>
    /// <param name="format">How gradients travel.</param>
    /// <param name="hooks">The hooks that took part, all travelling; null for none.</param>
    public static WireReply Of(ShardReply reply, IEngine engine, WireFormat format, PassHooks? hooks = null) => new()
    {
        Reports = WireReports.Of(hooks ?? PassHooks.None, engine),
        _likelihood = reply.Result.Likelihood,
        _divergence = reply.Result.Divergence,
        _tokenLogProbabilities = new WireTensor([reply.Result.TokenLogProbabilities.Length], reply.Result.TokenLogProbabilities),
        _predictions = WireInts.Pack(reply.Result.Predictions)!,
        _texts = [.. reply.Result.Texts.Select(WireTextResult.Of)],
        _logits = WireTensor.Of(reply.Result.Logits),
        _logProbabilities = WireTensor.Of(reply.Result.LogProbabilities),
        _hiddenGradient = WireTensor.Of(engine, reply.HiddenGradient, format),
        _encoderGradient = WireTensor.Of(engine, reply.EncoderGradient, format),
    };

    /// <summary>The reply, its gradients on an engine; owned by the caller.</summary>
    /// <param name="engine">The engine.</param>
    public ShardReply ToReply(IEngine engine) => new(
        new PassResult
        {
            Likelihood = _likelihood,
            Divergence = _divergence,
            TokenLogProbabilities = _tokenLogProbabilities?.Values ?? [],
            Predictions = WireInts.Unpack(_predictions)!,
            Texts = [.. _texts.Select(t => t.ToResult())],
            Logits = _logits?.ToHost(),
            LogProbabilities = _logProbabilities?.ToHost(),
        },
        _hiddenGradient?.ToEngine(engine),
        _encoderGradient?.ToEngine(engine));
}
