using System.Numerics.Tensors;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;
using Tensor = Mend.Tensors.Tensor;

namespace Mend.Editing;

/// <summary>
/// Improves what live edits do together: Adam on the changes of all edited layers at once, on the negative log-likelihood of answer tokens
/// that are not sure enough, on KL(base ‖ edited) at the answers of protected prompts, and on the squared change in the layers' metrics. A
/// layer's change stays in the span of the edits' keys, ΔW = Yᵀ L⁻¹ K M⁻¹ with I + K M⁻¹ Kᵀ = L Lᵀ, so that a unit of Y costs the same in
/// every direction; it begins as the joint solve, and each row of Y is measured by its size there. All depends on the set of edits and the seed alone.
/// </summary>
/// <param name="runner">The model.</param>
/// <param name="padding">What to fill batches with.</param>
/// <param name="options">Settings.</param>
/// <param name="sure">Probability that single edits were made to reach.</param>
public sealed class Consolidation(IPassRunner runner, int padding, ConsolidationOptions options, float sure)
{
    private const int PromptsPerPass = 32;
    private const long MostReferenceBytes = 256L << 20;
    private const float Beta2 = 0.98f;

    private const float LeastConfidence = 0.5f;

    /// <summary>Least size of a row, as a share of the root mean square of all, by which its steps are measured.</summary>
    private const float LeastScale = 0.01f;

    /// <summary>Edits whose answers are all sure are looked at again every so many steps.</summary>
    private const int LookAgain = 4;

    private readonly float _confidence = options.Confidence ?? Math.Max(LeastConfidence, 1 - (2 * (1 - sure)));

    private long _referenceBytes;

    /// <summary>Computes it.</summary>
    /// <param name="contributions">What the live edits ask of each layer.</param>
    /// <param name="edits">Their prompts with the answers, in an order that depends on the set alone.</param>
    /// <param name="kept">Protected prompts with the base model's answers.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <returns>Per layer, what is to be added to the joint solve.</returns>
    public async Task<IReadOnlyList<EditFactors>> RunAsync(
        IReadOnlyList<EditFactors> contributions,
        IReadOnlyList<EncodedExample> edits,
        IReadOnlyList<EncodedExample> kept,
        IProgress<ConsolidationProgress>? progress,
        CancellationToken cancellationToken)
    {
        options.Validate();
        List<LayerState> layers = [.. JointSolve.Contributions(contributions).OrderBy(l => runner.Architecture.StageOf(l.Key)).Select(l => LayerState.Of(l.Key, l.Value))];
        int first = layers.Min(l => runner.Architecture.StageOf(l.Layer));
        List<Prompts> wanted = [.. Batches(edits)], held = [.. Batches(kept)];
        Random random = new(options.Seed);
        for (int step = 0; step < options.Steps; step++)
        {
            double divergence = 0;
            foreach (Prompts batch in wanted.Where(b => step % LookAgain == 0 || b.Missing(_confidence) > 0))
            {
                await LikelihoodAsync(batch, layers, first, edits.Count, cancellationToken).ConfigureAwait(false);
            }

            if (options.DivergenceWeight > 0 && held.Count > 0)
            {
                Prompts[] some = [.. Enumerable.Range(0, held.Count).OrderBy(_ => random.Next()).Take((options.ProtectedPerStep + PromptsPerPass - 1) / PromptsPerPass).Select(i => held[i])];
                int rows = some.Sum(b => b.Batch.Examples.Sum(e => e.TargetRows.Length));
                foreach (Prompts batch in some)
                {
                    divergence += await DivergenceAsync(batch, layers, first, rows, cancellationToken).ConfigureAwait(false);
                }
            }

            float rate = options.Rate * MathF.Min(1, (step + 1) / 3f) * (1 - (0.9f * step / options.Steps));
            layers.ForEach(l => l.Step(rate, options.Decay));
            progress?.Report(new ConsolidationProgress(step + 1, options.Steps, wanted.Sum(b => b.Missing(_confidence)), divergence));
        }

        return [.. layers.Select(l => l.Correction())];
    }

    private IEnumerable<Prompts> Batches(IReadOnlyList<EncodedExample> examples) => examples
        .OrderBy(e => e.InputIds.Length).Chunk(PromptsPerPass).Select(some => new Prompts(new ExampleBatch(some, runner.Architecture, padding)));

    private async Task LikelihoodAsync(Prompts prompts, List<LayerState> layers, int first, int edits, CancellationToken cancellationToken)
    {
        // What was seen last says which tokens still ask for something; at first all do.
        float[] weights = [.. prompts.Seen.Select(p => p < _confidence ? 1f / edits : 0f)];
        Pass pass = new()
        {
            Batch = prompts.Batch.Inputs,
            Objective = prompts.Batch.Likelihood() with { LikelihoodWeights = weights },
            GradientFrom = first,
        };
        PassResult result = await RunAsync(prompts, pass, layers, first, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < prompts.Seen.Length; i++)
        {
            prompts.Seen[i] = MathF.Exp(result.TokenLogProbabilities[i]);
        }
    }

    private async Task<double> DivergenceAsync(Prompts prompts, List<LayerState> layers, int first, int rows, CancellationToken cancellationToken)
    {
        int[] at = prompts.Batch.Likelihood().LikelihoodRows;
        float[] reference = prompts.Reference ?? await ReferenceAsync(prompts, at, first, cancellationToken).ConfigureAwait(false);
        Pass pass = new()
        {
            Batch = prompts.Batch.Inputs,
            Objective = new Objective
            {
                DivergenceRows = at,
                DivergenceWeights = [.. Enumerable.Repeat(options.DivergenceWeight / rows, at.Length)],
                Reference = reference,
            },
            GradientFrom = first,
        };
        return (await RunAsync(prompts, pass, layers, first, cancellationToken).ConfigureAwait(false)).Divergence;
    }

    /// <summary>What the base model makes of protected prompts; kept for later steps as far as memory is set aside for it.</summary>
    private async Task<float[]> ReferenceAsync(Prompts prompts, int[] rows, int first, CancellationToken cancellationToken)
    {
        Pass pass = new() { Batch = prompts.Batch.Inputs, Outputs = PassOutputs.LogProbabilities, OutputRows = rows };
        EnteringStates entering = new(first);
        PassResult result = await runner.RunAsync(
            prompts.Start(pass, first), new PassHooks { Entering = prompts.Entering is null ? entering : null }, cancellationToken).ConfigureAwait(false);
        prompts.Entering ??= entering;
        float[] reference = result.LogProbabilities!.Data;
        if ((_referenceBytes + (reference.LongLength * sizeof(float))) <= MostReferenceBytes)
        {
            _referenceBytes += reference.LongLength * sizeof(float);
            prompts.Reference = reference;
        }

        return reference;
    }

    private async Task<PassResult> RunAsync(Prompts prompts, Pass pass, List<LayerState> layers, int first, CancellationToken cancellationToken)
    {
        EnteringStates? entering = prompts.Entering is null ? new EnteringStates(first) : null;
        List<(LayerState Layer, FactorHook Hook, Tensor U, Tensor Delta)> hooks = [];
        try
        {
            foreach (LayerState layer in layers)
            {
                Tensor u = runner.Engine.FromHost(layer.U, [1, layer.Rows, layer.Inputs]), delta = runner.Engine.FromHost(layer.Y, [1, layer.Rows, layer.Outputs]);
                hooks.Add((layer, new FactorHook(u, delta), u, delta));
            }

            PassHooks watched = new() { Layers = hooks.ToDictionary(h => h.Layer.Layer, h => (ILayerHook)h.Hook), Entering = entering };
            PassResult result = await runner.RunAsync(prompts.Start(pass, first), watched, cancellationToken).ConfigureAwait(false);
            prompts.Entering ??= entering;
            foreach ((LayerState layer, FactorHook hook, _, _) in hooks)
            {
                layer.Add(hook.DeltaGradient is null ? null : HostTensor.From(runner.Engine, hook.DeltaGradient).Data);
            }

            return result;
        }
        finally
        {
            foreach ((_, FactorHook hook, Tensor u, Tensor delta) in hooks)
            {
                hook.Dispose();
                u.Dispose();
                delta.Dispose();
            }
        }
    }

    /// <summary>Prompts that share a pass, what enters the first edited block for them, and the answers' probabilities as last seen.</summary>
    private sealed class Prompts(ExampleBatch batch)
    {
        public ExampleBatch Batch => batch;

        public EnteringStates? Entering { get; set; }

        /// <summary>The base model's log-probabilities at the answers, where they are kept.</summary>
        public float[]? Reference { get; set; }

        public float[] Seen { get; } = new float[batch.Examples.Sum(e => e.TargetTokens.Length)];

        public int Missing(float confidence) => Seen.Count(p => p < confidence);

        public Pass Start(Pass pass, int first) => Entering is null ? pass : pass with { StartStage = first, Start = Entering.Hidden, StartEncoder = Entering.Encoder };
    }

    /// <summary>One layer's change on its way.</summary>
    private sealed class LayerState
    {
        private readonly SymmetricSolver _system;
        private readonly float[] _inMetric;
        private readonly float[] _start;
        private readonly float[] _gradient;
        private readonly float[] _scales;
        private readonly float[] _scaled;
        private readonly HostAdam _adam;

        private LayerState(string layer, SymmetricSolver system, float[] inMetric, float[] u, float[] y, int rows, int inputs, int outputs)
        {
            (Layer, _system, _inMetric, U, Y, Rows, Inputs, Outputs) = (layer, system, inMetric, u, y, rows, inputs, outputs);
            float all = Rms(y);
            _scales = [.. Enumerable.Range(0, rows).Select(i => MathF.Max(Rms(y.AsSpan(i * outputs, outputs)), LeastScale * all))];
            (_start, _scaled, _gradient, _adam) = ([.. y], new float[y.Length], new float[y.Length], new HostAdam(y.Length, Beta2));
            ForRows((i, row) => TensorPrimitives.Divide(Y.AsSpan()[row], _scales[i], _scaled.AsSpan()[row]));
        }

        public string Layer { get; }

        public int Rows { get; }

        public int Inputs { get; }

        public int Outputs { get; }

        /// <summary>L⁻¹ K M⁻¹, [rows, in].</summary>
        public float[] U { get; }

        /// <summary>Y, [rows, out].</summary>
        public float[] Y { get; }

        public static LayerState Of(string layer, List<EditFactors> edits)
        {
            (SymmetricSolver system, float[] inMetric, double[] y) = JointSolve.Equations(layer, edits);
            (int rows, int inputs, int outputs) = (edits.Sum(e => e.Rank), edits[0].Inputs, edits[0].Outputs);

            // X = (L Lᵀ)⁻¹ R and ΔWᵀ = (K M⁻¹)ᵀ X = (L⁻¹ K M⁻¹)ᵀ Y with Y = Lᵀ X = L⁻¹ R.
            system.SolveLower(y, outputs);
            double[] u = new double[inMetric.Length];
            TensorPrimitives.ConvertTruncating<float, double>(inMetric, u);
            system.SolveLower(u, inputs);
            return new LayerState(layer, system, inMetric, ToFloats(u), ToFloats(y), rows, inputs, outputs);
        }

        public void Add(float[]? gradient)
        {
            if (gradient is not null)
            {
                TensorPrimitives.Add(_gradient, gradient, _gradient);
            }
        }

        /// <summary>A step on each row in units of what it began as: keys differ in what they cost, so rows of Y differ in size.</summary>
        public void Step(float rate, float decay)
        {
            ForRows((i, row) => TensorPrimitives.Multiply(_gradient.AsSpan()[row], _scales[i], _gradient.AsSpan()[row]));
            _adam.Step(_scaled, _gradient, rate, decay);
            ForRows((i, row) => TensorPrimitives.Multiply(_scaled.AsSpan()[row], _scales[i], Y.AsSpan()[row]));
            Array.Clear(_gradient);
        }

        /// <summary>What Y adds to the joint solve, with K M⁻¹ as Ũ.</summary>
        public EditFactors Correction()
        {
            double[] change = new double[Y.Length];
            for (int i = 0; i < change.Length; i++)
            {
                change[i] = (double)Y[i] - _start[i];
            }

            _system.SolveUpper(change, Outputs);
            return new EditFactors(Layer, Rows, Inputs, Outputs, _inMetric, ToFloats(change), 1);
        }

        private void ForRows(Action<int, Range> act)
        {
            for (int i = 0; i < Rows; i++)
            {
                act(i, (i * Outputs)..((i + 1) * Outputs));
            }
        }

        private static float Rms(ReadOnlySpan<float> values) => MathF.Sqrt(TensorPrimitives.SumOfSquares(values) / values.Length);

        private static float[] ToFloats(double[] values)
        {
            float[] floats = new float[values.Length];
            TensorPrimitives.ConvertTruncating<double, float>(values, floats);
            return floats;
        }
    }
}
