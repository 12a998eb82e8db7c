using System.Diagnostics;
using System.Threading.Channels;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Execution;

namespace Mend.Sharding;

/// <summary>A text that is being generated: what is known of it, what of that the shards hold, and who reads it. Belongs to its batch, but for the reader's side.</summary>
internal sealed class GrowingAnswer
{
    private readonly ModelArchitecture _architecture;
    private readonly int[] _prompt;
    private readonly SamplingOptions _options;
    private readonly IReadOnlySet<int> _stop;
    private readonly int _limit;
    private readonly int? _alternatives;
    private readonly Random _random;
    private readonly List<int> _known;
    private readonly Channel<(int Token, ChosenToken? Likelihood)> _tokens =
        Channel.CreateUnbounded<(int, ChosenToken?)>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _chosen;
    private double? _draw;

    public GrowingAnswer(
        ModelArchitecture architecture, int[] prompt, SamplingOptions options, int limit, IReadOnlySet<int> stop, int? alternatives)
    {
        (_architecture, _prompt, _options, _limit, _stop, _alternatives) = (architecture, prompt, options, limit, stop, alternatives);
        _random = new Random(options.Seed);
        _known = Encodes ? [architecture.DecoderStart ?? 0] : [.. prompt];
    }

    // ---- the reader's side ---------------------------------------------------------------------------------------

    /// <summary>Where its reader stands in a trace.</summary>
    public ActivityContext Caller { get; } = Activity.Current?.Context ?? default;

    /// <summary>Its tokens as they come.</summary>
    public ChannelReader<(int Token, ChosenToken? Likelihood)> Tokens => _tokens.Reader;

    /// <summary>Ends when the shards hold nothing of it any more.</summary>
    public Task Gone => _gone.Task;

    // ---- the batch's side ----------------------------------------------------------------------------------------

    /// <summary>Name of its session in the shards.</summary>
    public string Session { get; private set; } = Name();

    /// <summary>Tokens that the shards hold.</summary>
    public int Past { get; private set; }

    /// <summary>Tokens that its next token waits for; 0 once it has ended.</summary>
    public int Need => HasEnded ? 0 : _known.Count - Past;

    /// <summary>Whether there is nothing to add: it is complete, has failed, or its reader has left.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The step of its batch that it last had rows in; of one that has had none, the last one before it came.</summary>
    public long Served { get; set; }

    /// <summary>Whether it waits for memory until another text has ended.</summary>
    public bool Waits { get; set; }

    /// <summary>Whether a pass with others failed, and it has yet to show that it was not to blame.</summary>
    public bool IsSuspect { get; private set; }

    /// <summary>
    /// Whether its next pass must have all the tokens that it needs and nobody else's: the encoder reads one text, and positions that depend on a text's
    /// length are not those of a part of it.
    /// </summary>
    public bool GoesWhole => Past == 0 && (Encodes || _architecture.CacheServes is not null);

    /// <summary>Whether what the shards hold does not serve it any more, now that it is longer.</summary>
    public bool IsStale => Past > 0 && _architecture.CacheServes?.Invoke(Past, _known.Count) == false;

    private bool Encodes => _architecture.Task == ModelTask.SequenceToSequence;

    /// <summary>Its next rows in a pass.</summary>
    /// <param name="count">How many; at most <see cref="Need"/>.</param>
    public TextRows Rows(int count) => new(Session, Past, count, count < Need ? null : new TokenChoice(_options.Temperature, _options.TopP, Draw(), _alternatives));

    /// <summary>The tokens of its next rows.</summary>
    /// <param name="count">How many.</param>
    public IEnumerable<int> Ids(int count) => _known.Skip(Past).Take(count);

    /// <summary>The batch of a pass of texts.</summary>
    /// <param name="step">The texts, and how many rows each has. Once the shards hold what the encoder said, its input is not looked at.</param>
    public static ModelBatch Batch(IReadOnlyList<(GrowingAnswer Text, int Count)> step)
    {
        int[] ids = [.. step.SelectMany(s => s.Text.Ids(s.Count))];
        GrowingAnswer first = step[0].Text;
        return !first.Encodes ? new ModelBatch(1, ids) : new ModelBatch(1, first.Past == 0 ? first._prompt : [0]) { DecoderIds = ids };
    }

    /// <summary>Takes what a pass did for it.</summary>
    /// <param name="count">The rows that it had.</param>
    /// <param name="result">What was done.</param>
    public void Take(int count, TextResult result)
    {
        bool chooses = count == Need;
        Past += count;
        if (!chooses)
        {
            return;
        }

        (_draw, IsSuspect) = (null, false);
        if (_stop.Contains(result.Token))
        {
            End(null);
            return;
        }

        _known.Add(result.Token);
        _tokens.Writer.TryWrite((result.Token, result.Likelihood));
        if (++_chosen == _limit)
        {
            End(null);
        }
    }

    /// <summary>Begins a session that holds nothing yet; the old one is the caller's to end.</summary>
    /// <param name="suspect">Whether its next passes are to be its own, until one has given a token.</param>
    /// <returns>The old session.</returns>
    public string Anew(bool suspect = false)
    {
        string old = Session;
        (Session, Past, IsSuspect) = (Name(), 0, suspect);
        return old;
    }

    /// <summary>Adds nothing any more.</summary>
    /// <param name="error">Why, where that is not as it should be.</param>
    public void End(Exception? error)
    {
        HasEnded = true;
        _tokens.Writer.TryComplete(error);
    }

    /// <summary>Says that the shards hold nothing of it any more.</summary>
    /// <param name="error">What went wrong with that.</param>
    public void Leave(Exception? error)
    {
        if (error is null)
        {
            _gone.TrySetResult();
        }
        else
        {
            _gone.TrySetException(error);
        }
    }

    private static string Name() => Guid.NewGuid().ToString("n");

    /// <summary>A number per token, drawn once: a token that is chosen again, after a shard was lost, is the same.</summary>
    private double Draw() => _options.Temperature == 0 ? 0 : _draw ??= _random.NextDouble();
}
