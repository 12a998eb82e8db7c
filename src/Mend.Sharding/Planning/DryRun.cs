using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// Finds out what shards take by doing what they are for: loads a model, makes its editor, runs a gradient pass, an edit and a
/// generation, and reads the engines' meters. On engines of shapes (<see cref="ShapeEngine"/>) that is a plan, made in moments from a
/// configuration; on a real engine the same is a measurement. Nothing is estimated, so both agree to the byte.
/// </summary>
public sealed class DryRun
{
    private readonly ModelArchitecture _architecture;
    private readonly DryRunWork _work;
    private readonly IReadOnlyList<IMeteredEngine> _engines;
    private readonly MeteredChain _chain;
    private readonly Checkpoint _checkpoint;

    private DryRun(ModelArchitecture architecture, DryRunWork work, IReadOnlyList<IMeteredEngine> engines, MeteredChain chain, Checkpoint checkpoint) =>
        (_architecture, _work, _engines, _chain, _checkpoint) = (architecture, work, engines, chain, checkpoint);

    /// <summary>Runs.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="plan">How it is split.</param>
    /// <param name="checkpoint">The weights; for engines of shapes a described one will do.</param>
    /// <param name="work">What to run.</param>
    /// <param name="engines">One for each shard, or one for all, with nothing else on them; not disposed.</param>
    /// <param name="cancellationToken">Looked at between stages.</param>
    /// <returns>What each engine took, in their order.</returns>
    /// <exception cref="CheckpointException">A parameter is missing or has another shape or an unusable type.</exception>
    /// <exception cref="Mend.Models.Execution.InputTooLongException">The model has fewer positions than there are tokens.</exception>
    public static async Task<IReadOnlyList<Footprint>> RunAsync(
        ModelArchitecture architecture,
        ShardPlan plan,
        Checkpoint checkpoint,
        DryRunWork work,
        IReadOnlyList<IMeteredEngine> engines,
        CancellationToken cancellationToken = default)
    {
        long[] before = [.. engines.Select(e => e.Memory.LiveBytes)];
        using MeteredChain chain = MeteredChain.Load(architecture, plan, checkpoint, engines);
        return await new DryRun(architecture, work, engines, chain, checkpoint).RunAsync(before, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<Footprint>> RunAsync(long[] before, CancellationToken cancellationToken)
    {
        long[] vectors = Held(before);
        Dictionary<string, MendEditor> editors = [];
        try
        {
            long[] loaded = Live();
            Load(editors);
            long[] editor = Held(loaded);
            long[] gradient = await PeakAsync(() => SignalsAsync(_work.Batch, cancellationToken)).ConfigureAwait(false);
            (long[] forward, long[] backward) = (PerEngine(i => _chain.SentForward[i]), PerEngine(i => _chain.SentBackward[i]));
            long[] edit = await PeakAsync(() => EditAsync(editors, cancellationToken)).ConfigureAwait(false);
            long[] cache = new long[_engines.Count];
            long[] generation = await PeakAsync(() => GenerateAsync(cache, cancellationToken)).ConfigureAwait(false);
            long[] folded = Fold();
            long[] parameters = Parameters();
            return [.. _engines.Select((_, i) => new Footprint
            {
                ParameterBytes = parameters[i],
                VectorBytes = vectors[i],
                EditorBytes = editor[i],
                FoldedBytes = folded[i],
                GradientBytes = gradient[i],
                EditBytes = edit[i],
                GenerationBytes = generation[i] + ((_work.Batch - 1) * cache[i]),
                CacheBytes = _work.Batch * cache[i],
                SentForwardBytes = forward[i],
                SentBackwardBytes = backward[i],
            })];
        }
        finally
        {
            foreach (MendEditor editor in editors.Values)
            {
                editor.Dispose();
            }
        }
    }

    /// <summary>Makes each engine the part of the editor that serves its own layers, in the state in which training leaves it.</summary>
    private void Load(Dictionary<string, MendEditor> editors)
    {
        foreach (IGrouping<int, string> layers in _work.Layers.GroupBy(EngineOf))
        {
            MendEditor editor = new(_engines[layers.Key], _architecture, [.. layers], _work.Editor);
            foreach (string layer in layers)
            {
                editors[layer] = editor;
            }

            // Two rows are the fewest that statistics can be taken from.
            foreach (RunningStatistics statistics in editor.GradientStatistics.Values)
            {
                statistics.Add(new float[2 * statistics.Mean.Length]);
            }

            if (_work.Editor.Whitening > 0)
            {
                editor.ObserveInputs(editor.Layers.ToDictionary(l => l.Name, l => Enumerable.Range(0, 2 * l.Inputs).Select(i => (float)(i % 7)).ToArray()));
            }
            else
            {
                foreach (RunningStatistics statistics in editor.InputStatistics.Values)
                {
                    statistics.Add(new float[2 * statistics.Mean.Length]);
                }
            }
        }
    }

    /// <summary>The gradient pass: u and δ per layer of the first edit, and what enters the first edited block.</summary>
    private async Task<(IReadOnlyList<LayerSignals> Signals, EnteringState Entering)> SignalsAsync(int edits, CancellationToken cancellationToken)
    {
        EncodedExample edit = _work.Example(_architecture);
        ExampleBatch batch = new([.. Enumerable.Repeat(edit, edits)], _architecture, padding: 0);
        int first = GradientPass.FirstStage(_architecture, _work.Layers);
        EnteringStates entering = new(first);
        _chain.ClearCounts();
        (_, IReadOnlyDictionary<string, SignalHook> hooks) = await GradientPass.RunAsync(
            _chain,
            _work.Layers,
            new Pass { Batch = batch.Inputs, Objective = batch.Likelihood() },
            cancellationToken,
            entering).ConfigureAwait(false);
        LayerSignals[] signals = [.. _work.Layers.Select(layer => LayerSignals.Keep(
            layer, hooks[layer].U!, hooks[layer].Delta!, 0, 1, _work.Editor.AnswerRowsOnly && _architecture.FollowsOutput(layer) ? edit.TargetRows.Contains : null))];
        return (signals, entering.Of(0)!);
    }

    private async Task EditAsync(Dictionary<string, MendEditor> editors, CancellationToken cancellationToken)
    {
        (IReadOnlyList<LayerSignals> signals, EnteringState entering) = await SignalsAsync(1, cancellationToken).ConfigureAwait(false);
        EditFactors[] factors = [.. signals.Select(s => editors[s.Layer].Factors(s))];
        MendMethod method = new(editors[_work.Layers[0]], padding: 0);
        await method.CalibrateAsync(_chain, _work.Example(_architecture), 0, [], factors, entering, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Does the passes of a generation until as many tokens as the work says have gone through the model, and looks at what is cached then.</summary>
    private async Task GenerateAsync(long[] cache, CancellationToken cancellationToken)
    {
        if (_architecture.Task == ModelTask.Classification)
        {
            return;
        }

        bool encodes = _architecture.Task == ModelTask.SequenceToSequence;
        int prompt = encodes ? _work.Tokens : Math.Max(1, _work.Tokens - _work.AnswerTokens);
        int length = encodes ? _work.AnswerTokens : _work.Tokens;
        int first = encodes ? 1 : _architecture.CacheServes is null ? Math.Min(prompt, GenerationOptions.DefaultRowsPerStep) : prompt;
        long[] before = Live();
        for (int past = 0, count = first; past < length; past += count, count = Math.Min(past < prompt && !encodes ? prompt - past : 1, GenerationOptions.DefaultRowsPerStep))
        {
            int[] ids = new int[count];
            Pass pass = new()
            {
                Batch = encodes ? new ModelBatch(1, new int[prompt]) { DecoderIds = ids } : new ModelBatch(1, ids),
                Texts = [new TextRows("plan", past, count, new TokenChoice(0, 1, 0, null))],
                StartStage = past == 0 ? 0 : _architecture.DecoderStage,
            };
            await _chain.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
        }

        Held(before).CopyTo(cache, 0);
        await _chain.EndSessionAsync("plan").ConfigureAwait(false);
    }

    /// <summary>Folds an edit of every layer, and gives the copies back.</summary>
    private long[] Fold()
    {
        long[] before = Live();
        List<EditOverlay> overlays = [];
        try
        {
            foreach (ModelShard shard in _chain.Shards)
            {
                EditFactors[] edits = [.. _work.Layers.Where(shard.Layers.ContainsKey).Select(name => (name, Spec: _architecture.Linear(name)))
                    .Select(l => new EditFactors(l.name, 1, l.Spec.In, l.Spec.Out, new float[l.Spec.In], new float[l.Spec.Out], 1f))];
                overlays.Add(EditOverlay.Build(shard.Engine, shard.Layers.GetValueOrDefault, edits, foldRank: 1));
            }

            return Held(before);
        }
        finally
        {
            overlays.ForEach(o => o.Dispose());
        }
    }

    /// <summary>In one process a parameter that several shards read (a tied head) is mapped once.</summary>
    private long[] Parameters() => _engines.Count > 1
        ? [.. _chain.Shards.Select(s => s.ParameterBytes)]
        : [ShardPlan.StageBytes(
            _architecture, new StageRange(0, _architecture.Stages.Count), p => StoredParameters.BytesOf(_checkpoint, p))];

    private int EngineOf(string layer) =>
        _engines.Count == 1 ? 0 : _chain.Shards.Index().First(s => s.Item.Range.Contains(_architecture.StageOf(layer))).Index;

    private long[] Live() => [.. _engines.Select(e => e.Memory.LiveBytes)];

    private long[] Held(long[] before) => [.. _engines.Select((e, i) => e.Memory.LiveBytes - before[i])];

    /// <summary>Most bytes that each engine holds during something beyond what it held before.</summary>
    private async Task<long[]> PeakAsync(Func<Task> work)
    {
        long[] before = Live();
        foreach (IMeteredEngine engine in _engines)
        {
            engine.Memory.RestartPeak();
        }

        await work().ConfigureAwait(false);
        return [.. _engines.Select((e, i) => e.Memory.PeakBytes - before[i])];
    }

    private long[] PerEngine(Func<int, long> ofShard) => _engines.Count == 1
        ? [Enumerable.Range(0, _chain.Shards.Count).Sum(ofShard)]
        : [.. Enumerable.Range(0, _chain.Shards.Count).Select(ofShard)];
}
