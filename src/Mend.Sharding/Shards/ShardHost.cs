using System.Diagnostics;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// A shard at work: its stages, the drafts it keeps, and its part of the commit protocol. What a silo's shard grain hosts, and
/// what a model in one process has several of. Safe to use from several threads.
/// </summary>
public sealed class ShardHost : IShard, IDisposable
{
    private readonly int _index;
    private readonly ModelShard _shard;
    private readonly IShard? _next;
    private readonly ILayerEditor? _editor;
    private readonly ShardDrafts _drafts;
    private readonly TimeProvider _time;

    /// <summary>Creates the host.</summary>
    /// <param name="index">The shard's place in the chain.</param>
    /// <param name="shard">Its stages; disposed with the host.</param>
    /// <param name="next">The next shard, or null for the last.</param>
    /// <param name="editor">The editor networks; null for a shard that cannot draft.</param>
    /// <param name="ledger">Where factors are staged; null for a shard that cannot prepare.</param>
    /// <param name="options">Limits.</param>
    /// <param name="time">The clock.</param>
    public ShardHost(int index, ModelShard shard, IShard? next, ILayerEditor? editor, EditLedger? ledger, ShardOptions options, TimeProvider time)
    {
        _index = index;
        _shard = shard;
        _next = next;
        _editor = editor;
        _time = time;
        _drafts = new ShardDrafts(index, ledger, options, time);
    }

    /// <summary>Its stages.</summary>
    public ModelShard Shard => _shard;

    /// <summary>Its number in the plan.</summary>
    public int Index => _index;

    /// <summary>Number of drafts kept now.</summary>
    public int Drafts => _drafts.Count;

    private ModelArchitecture Architecture => _shard.Architecture;

    /// <inheritdoc/>
    public async Task<ShardReply> RunAsync(Pass pass, PassHooks hooks, ShardActivations input, CancellationToken cancellationToken)
    {
        using Activity? span = ShardingTelemetry.Source.StartActivity("mend.shard.pass");
        span?.SetTag(ShardingTelemetry.ShardTag, _index).SetTag(ShardingTelemetry.VersionTag, pass.Version);
        KeyValuePair<string, object?> shard = new(ShardingTelemetry.ShardTag, _index);
        ShardingTelemetry.PassesActive.Add(1, shard);
        try
        {
            return await PassAsync(pass, hooks, input, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ShardingTelemetry.PassesActive.Add(-1, shard);
        }
    }

    /// <inheritdoc/>
    public Task KeepAsync(string draft, IReadOnlyList<EditFactors> factors, CancellationToken cancellationToken)
    {
        _drafts.Keep(draft, new Draft(factors, null));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task ContributeAsync(string draft, EditorReference? editor, IReadOnlyList<LayerSignals> signals, CancellationToken cancellationToken)
    {
        ILayerEditor asked = await (_editor ?? throw new EditorMissingException()).ForAsync(editor, cancellationToken).ConfigureAwait(false);
        List<EditFactors> factors = [];
        foreach (LayerSignals layer in signals)
        {
            factors.Add(await MeasuredAsync(asked, layer, editor, cancellationToken).ConfigureAwait(false));
        }

        _drafts.Keep(draft, new Draft(factors, null));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<EditFactors>> FactorsAsync(KeptDraft draft, CancellationToken cancellationToken) =>
        Task.FromResult(_drafts.Factors(draft));

    /// <inheritdoc/>
    public Task<IReadOnlyList<FactorReference>> PrepareAsync(EditId edit, KeptDraft draft, CancellationToken cancellationToken) =>
        _drafts.PrepareAsync(edit, draft, cancellationToken);

    /// <inheritdoc/>
    public Task DiscardAsync(IReadOnlyList<string> drafts, CancellationToken cancellationToken)
    {
        _drafts.Discard(drafts);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ApplyAsync(ModelVersion version, CancellationToken cancellationToken) => _shard.ApplyAsync(version.Number, cancellationToken);

    /// <inheritdoc/>
    public Task EndSessionAsync(string session)
    {
        _shard.EndSession(session);
        return Task.CompletedTask;
    }

    /// <summary>Gives the shard back. No pass may be running.</summary>
    public void Dispose() => _shard.Dispose();

    private async Task<ShardReply> PassAsync(Pass pass, PassHooks hooks, ShardActivations input, CancellationToken cancellationToken)
    {
        // The drafts go on by name, as they came.
        NextShard next = (left, output, ct) => _next!.RunAsync(pass with { Batch = left.Batch, Texts = left.Texts }, Beyond(hooks), output, ct);
        Pass here = _drafts.Resolve(pass);
        if (pass.Drafts.Count > 0)
        {
            return await DraftAsync(here, hooks, input, next, cancellationToken).ConfigureAwait(false);
        }

        if (input.Hidden is not null || pass.DraftOnTop is not { } draft || !StartsInside(pass))
        {
            return await _shard.RunAsync(here, hooks, input, next, cancellationToken).ConfigureAwait(false);
        }

        Pass started = _drafts.Find(draft.Name).Entering?.Start(here) ?? throw new DraftLostException(_index, draft.Name);
        using ShardActivations state = ShardActivations.Of(_shard.Engine, started) with { VersionDigest = input.VersionDigest };
        return await _shard.RunAsync(here, hooks, state, next, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs a gradient pass, hands u and δ of this shard's layers to the editor, row by row, and keeps what it makes of them.</summary>
    private async Task<ShardReply> DraftAsync(Pass pass, PassHooks hooks, ShardActivations input, NextShard next, CancellationToken cancellationToken)
    {
        int first = pass.GradientFrom ?? throw new ArgumentException("A pass that drafts edits needs gradients; set GradientFrom.", nameof(pass));
        ILayerEditor? editor = _editor is null ? null : await _editor.ForAsync(pass.Editor, cancellationToken).ConfigureAwait(false);
        Dictionary<string, SignalHook> signals = (editor?.Layers ?? []).Where(_shard.Layers.ContainsKey).ToDictionary(l => l, _ => new SignalHook());
        EnteringStates? entering = _shard.Range.Contains(first) ? new EnteringStates(first) : null;
        PassHooks watched = hooks with
        {
            Layers = new Dictionary<string, ILayerHook>([.. hooks.Layers, .. signals.Select(s => KeyValuePair.Create(s.Key, (ILayerHook)s.Value))]),
            Entering = entering ?? hooks.Entering,
        };
        ShardReply reply = await _shard.RunAsync(pass, watched, input, next, cancellationToken).ConfigureAwait(false);
        try
        {
            for (int row = 0; row < pass.Drafts.Count; row++)
            {
                IReadOnlyList<EditFactors> factors = await EditAsync(editor!, pass, row, signals, cancellationToken).ConfigureAwait(false);
                if (factors.Count > 0 || entering is not null)
                {
                    _drafts.Keep(pass.Drafts[row], new Draft(factors, entering?.Of(row)));
                }
            }

            return reply;
        }
        catch
        {
            reply.Dispose();
            throw;
        }
    }

    private async Task<IReadOnlyList<EditFactors>> EditAsync(
        ILayerEditor editor, Pass pass, int row, IReadOnlyDictionary<string, SignalHook> signals, CancellationToken cancellationToken)
    {
        List<EditFactors> factors = [];
        int width = pass.Batch.OutputLength;
        HashSet<int> answers = [.. pass.Objective.LikelihoodRows.Where(r => r / width == row).Select(r => r % width)];
        foreach ((string layer, SignalHook hook) in signals)
        {
            LayerSignals kept = LayerSignals.Keep(
                layer, hook.U!, hook.Delta!, row, 1, editor.AnswerRowsOnly && Architecture.FollowsOutput(layer) ? answers.Contains : null);
            factors.Add(await MeasuredAsync(editor, kept, pass.Editor, cancellationToken).ConfigureAwait(false));
        }

        return factors;
    }

    /// <summary>Asks the editor of a layer, in a span of its own.</summary>
    private async Task<EditFactors> MeasuredAsync(ILayerEditor editor, LayerSignals signals, EditorReference? name, CancellationToken cancellationToken)
    {
        using Activity? span = ShardingTelemetry.Source.StartActivity("mend.edit.editor");
        span?.SetTag(ShardingTelemetry.ShardTag, _index).SetTag(ShardingTelemetry.LayerTag, signals.Layer).SetTag(ShardingTelemetry.EditorTag, name?.Digest);
        long started = _time.GetTimestamp();
        EditFactors factors = await editor.FactorsAsync(signals, cancellationToken).ConfigureAwait(false);
        ShardingTelemetry.StageDuration.Record(
            _time.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>(ShardingTelemetry.StageTag, "editor"));
        return factors;
    }

    /// <summary>The hooks without those that find their place on this shard: the shards beyond need not hear of them.</summary>
    private PassHooks Beyond(PassHooks hooks)
    {
        bool entered = hooks.Entering is { } entering && _shard.Range.Contains(entering.Stage);
        return !entered && !hooks.Layers.Keys.Any(_shard.Layers.ContainsKey) ? hooks : hooks with
        {
            Layers = hooks.Layers.Where(h => !_shard.Layers.ContainsKey(h.Key)).ToDictionary(),
            Entering = entered ? null : hooks.Entering,
        };
    }

    private bool StartsInside(Pass pass) => pass.StartStage > 0 && _shard.Range.Contains(pass.StartStage);
}
