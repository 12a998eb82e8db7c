using Mend.Editing;

namespace Mend.Cluster;

/// <summary>Rows of a text in generation. Mirrors <see cref="TextRows"/>.</summary>
[GenerateSerializer, Immutable, Alias("mend.wire.text")]
public sealed class WireText
{
    /// <summary>Most alternatives to a token.</summary>
    private const int MostAlternatives = 1024;

    [Id(0)] private string _session = "";
    [Id(1)] private int _past;
    [Id(2)] private int _count;
    [Id(3)] private bool _chooses;
    [Id(4)] private double _temperature;
    [Id(5)] private double _topP;
    [Id(6)] private double _draw;
    [Id(7)] private int? _alternatives;

    /// <summary>Its session.</summary>
    public string Session => _session;

    /// <summary>Number of its new tokens.</summary>
    public int Count => _count;

    /// <summary>Whether a token is chosen for it.</summary>
    public bool Chooses => _chooses;

    /// <summary>About the bytes that it takes.</summary>
    public long Weight => (sizeof(char) * _session.Length) + 64L;

    /// <summary>Packs rows.</summary>
    public static WireText Of(TextRows rows) => new()
    {
        _session = rows.Session,
        _past = rows.Past,
        _count = rows.Count,
        _chooses = rows.Choice is not null,
        _temperature = rows.Choice?.Temperature ?? 0,
        _topP = rows.Choice?.TopP ?? 1,
        _draw = rows.Choice?.Draw ?? 0,
        _alternatives = rows.Choice?.Alternatives,
    };

    /// <summary>Whether its numbers are such as a generation asks for.</summary>
    public bool IsInRange => _past >= 0 && _count >= 1 && _temperature >= 0 && _topP is > 0 and <= 1 && _draw is >= 0 and < 1
        && _alternatives is null or (>= 0 and <= MostAlternatives);

    /// <summary>The rows.</summary>
    public TextRows ToRows() => new(_session, _past, _count, _chooses ? new TokenChoice(_temperature, _topP, _draw, _alternatives) : null);
}

/// <summary>What a pass did for a text. Mirrors <see cref="TextResult"/>.</summary>
[GenerateSerializer, Immutable, Alias("mend.wire.text-result")]
public sealed class WireTextResult
{
    [Id(0)] private int _token;
    [Id(1)] private double? _logProbability;
    [Id(2)] private byte[] _alternatives = [];
    [Id(3)] private double[] _logProbabilities = [];
    [Id(4)] private int _fault;
    [Id(5)] private string? _reason;

    /// <summary>About the bytes that it takes.</summary>
    public long Weight => _alternatives.LongLength + (sizeof(double) * _logProbabilities.LongLength) + (sizeof(char) * (_reason?.Length ?? 0)) + 64L;

    /// <summary>Packs a result.</summary>
    public static WireTextResult Of(TextResult result) => new()
    {
        _token = result.Token,
        _logProbability = result.Likelihood?.LogProbability,
        _alternatives = WireInts.Pack([.. (result.Likelihood?.Alternatives ?? []).Select(a => a.Id)])!,
        _logProbabilities = [.. (result.Likelihood?.Alternatives ?? []).Select(a => a.LogProbability)],
        _fault = (int)result.Fault,
        _reason = result.Reason,
    };

    /// <summary>The result.</summary>
    public TextResult ToResult() => new(
        _token,
        _logProbability is { } own
            ? new ChosenToken(_token, own, [.. WireInts.Unpack(_alternatives)!.Zip(_logProbabilities, (id, logP) => new TokenAlternative(id, logP))])
            : null,
        (TextFault)_fault,
        _reason);
}
