using System.Numerics.Tensors;
using Mend.Models.Execution;

namespace Mend.Editing;

/// <summary>What a joint edit is drafted from.</summary>
/// <param name="Prompts">The prompt first, then rephrases and contexts, all with the same answer.</param>
/// <param name="Rows">The position in each prompt at which the layers' outputs are shifted.</param>
/// <param name="Subject">Names what is edited.</param>
public sealed record ShiftTarget(IReadOnlyList<EncodedExample> Prompts, IReadOnlyList<int> Rows, string Subject);

/// <summary>What a search has found for one edit.</summary>
/// <param name="Layers">Per edited layer the keys, one row a prompt, and as Δ the shift that each shall get.</param>
/// <param name="Confidence">Least probability of a token of the answer on the prompts, with the shifts.</param>
/// <param name="Rounds">Gradient passes made.</param>
public sealed record FoundShifts(IReadOnlyList<LayerSignals> Layers, float Confidence, int Rounds);

/// <summary>
/// Finds the shifts of the edited layers' outputs that make a model give an answer: Adam steps along −δ, where δ is the loss's gradient at
/// the layer's output in the shifted row (the target vector of ROME, Meng et al., 2022, section 3.1, spread over several layers). An edit's
/// steps end as soon as its answer is sure enough, so no shift is larger than it must be. Edits of one search do not see each other.
/// </summary>
public static class ShiftSearch
{
    private const float Beta2 = 0.999f;

    /// <summary>Runs a search.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="layers">The edited layers, in order of the chain.</param>
    /// <param name="options">Settings.</param>
    /// <param name="edits">The edits, computed in one batch.</param>
    /// <param name="padding">What to fill batches with.</param>
    /// <param name="version">The version that the shifts go on top of.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    public static async Task<IReadOnlyList<FoundShifts>> RunAsync(
        IPassRunner runner,
        IReadOnlyList<EditedLayer> layers,
        JointOptions options,
        IReadOnlyList<ShiftTarget> edits,
        int padding,
        long version,
        CancellationToken cancellationToken)
    {
        List<(int Edit, int Prompt)> places = [.. edits.SelectMany((e, i) => e.Prompts.Select((_, p) => (i, p)))];
        ExampleBatch batch = new([.. places.Select(p => edits[p.Edit].Prompts[p.Prompt])], runner.Architecture, padding);
        int[] rows = [.. places.Select((p, i) => (i * batch.Inputs.OutputLength) + edits[p.Edit].Rows[p.Prompt])];
        int first = GradientPass.FirstStage(runner.Architecture, layers.Select(l => l.Name));
        Pass pass = new()
        {
            Batch = batch.Inputs,
            Objective = batch.Likelihood(i => (float)batch.Examples[i].TargetTokens.Length / edits[places[i].Edit].Prompts.Count),
            GradientFrom = first,
            Version = version,
        };
        EnteringStates entering = new(first);
        Search[] searches = [.. edits.Select(e => new Search(layers))];
        for (int round = 0; ; round++)
        {
            Dictionary<string, ShiftHook> hooks = layers.ToDictionary(
                l => l.Name, l => new ShiftHook(rows, new HostTensor([rows.Length, l.Outputs], [.. places.SelectMany(p => searches[p.Edit].Shift(l.Name))])));
            PassHooks watched = new() { Layers = hooks.ToDictionary(h => h.Key, h => (ILayerHook)h.Value), Entering = round == 0 ? entering : null };
            PassResult result = await runner.RunAsync(pass, watched, cancellationToken).ConfigureAwait(false);
            if (round == 0)
            {
                // Nothing below the first edited block changes, so the passes that follow start in front of it.
                pass = pass with { StartStage = first, Start = entering.Hidden, StartEncoder = entering.Encoder };
                for (int i = 0; i < edits.Count; i++)
                {
                    // Of its own rows: what an edit finds does not depend on its batch.
                    float scale = Scale(entering.Hidden!, [.. rows.Where((_, p) => places[p].Edit == i)]);
                    (searches[i].Rate, searches[i].Decay) = (options.Rate * scale, options.Decay / (scale * scale));
                }
            }

            IReadOnlyList<ArraySegment<float>> logP = batch.PerExample(result.TokenLogProbabilities);
            for (int i = 0; i < edits.Count; i++)
            {
                int[] own = [.. Enumerable.Range(0, places.Count).Where(p => places[p].Edit == i)];
                searches[i].See(own, own.Min(p => MathF.Exp(logP[p].Min())), hooks);
                if (!searches[i].Done && (searches[i].Confidence >= options.Confidence || searches[i].Rounds == options.Rounds))
                {
                    searches[i].Done = true;
                }
                else if (!searches[i].Done)
                {
                    searches[i].Step(own, hooks);
                }
            }

            if (searches.All(s => s.Done))
            {
                return [.. edits.Select((e, i) => searches[i].Found(e.Subject))];
            }
        }
    }

    /// <summary>Root mean square of what enters the first edited block in some rows.</summary>
    private static float Scale(HostTensor hidden, int[] rows)
    {
        int width = hidden.Shape.Last;
        double sum = rows.Sum(r => (double)TensorPrimitives.SumOfSquares<float>(hidden.Data.AsSpan(r * width, width)));
        return (float)Math.Sqrt(sum / ((double)rows.Length * width));
    }

    /// <summary>One edit's shifts on their way.</summary>
    private sealed class Search(IReadOnlyList<EditedLayer> layers)
    {
        private readonly Dictionary<string, (float[] Shift, HostAdam Adam)> _state =
            layers.ToDictionary(l => l.Name, l => (new float[l.Outputs], new HostAdam(l.Outputs, Beta2)));

        private readonly Dictionary<string, float[]> _keys = [];

        public float Rate { get; set; }

        public float Decay { get; set; }

        public bool Done { get; set; }

        public float Confidence { get; private set; }

        public int Rounds { get; private set; }

        public float[] Shift(string layer) => _state[layer].Shift;

        /// <summary>Takes what a pass with the present shifts has shown; one that is done keeps what it has.</summary>
        public void See(int[] own, float confidence, Dictionary<string, ShiftHook> hooks)
        {
            if (Done)
            {
                return;
            }

            Rounds++;
            Confidence = confidence;
            foreach (EditedLayer layer in layers)
            {
                float[] keys = hooks[layer.Name].Keys!.Data;
                _keys[layer.Name] = [.. own.SelectMany(p => new ArraySegment<float>(keys, p * layer.Inputs, layer.Inputs))];
            }
        }

        /// <summary>One step of Adam along the gradient summed over the edit's prompts.</summary>
        public void Step(int[] own, Dictionary<string, ShiftHook> hooks)
        {
            foreach (EditedLayer layer in layers)
            {
                float[] sum = new float[layer.Outputs];
                foreach (int p in own)
                {
                    TensorPrimitives.Add(sum, hooks[layer.Name].Gradient!.Data.AsSpan(p * layer.Outputs, layer.Outputs), sum);
                }

                (float[] shift, HostAdam adam) = _state[layer.Name];
                adam.Step(shift, sum, Rate, 2 * Decay);
            }
        }

        public FoundShifts Found(string subject) => new(
            [.. layers.Select(l =>
            {
                int rows = _keys[l.Name].Length / l.Inputs;
                return LayerSignals.Of(
                    l.Name, [.. Enumerable.Range(0, rows)], _keys[l.Name], [.. Enumerable.Range(0, rows).SelectMany(_ => _state[l.Name].Shift)], l.Inputs, l.Outputs, subject);
            })],
            Confidence,
            Rounds);
    }
}
