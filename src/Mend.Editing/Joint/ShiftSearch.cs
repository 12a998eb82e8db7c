using System.Numerics.Tensors;
using Mend.Models.Execution;

namespace Mend.Editing;

/// <summary>What a joint edit is drafted from.</summary>
/// <param name="Prompts">The prompt first, then rephrases and contexts, all with the same answer.</param>
/// <param name="Rows">The positions in each prompt at which the layers' outputs are shifted; the first ones of all prompts share a shift, and so do the second ones.</param>
/// <param name="Subject">Names what is edited.</param>
public sealed record ShiftTarget(IReadOnlyList<EncodedExample> Prompts, IReadOnlyList<IReadOnlyList<int>> Rows, string Subject)
{
    /// <summary>How many shifts a layer gets.</summary>
    public int Shifts => Rows.Max(r => r.Count);
}

/// <summary>What a search has found for one edit.</summary>
/// <param name="Layers">Per edited layer the keys, one row a shifted position, and as Δ the shift that each shall get.</param>
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
        List<(int Edit, EncodedExample Prompt, IReadOnlyList<int> Rows)> prompts = [.. edits.SelectMany((e, i) => e.Prompts.Zip(e.Rows, (p, r) => (i, p, r)))];
        ExampleBatch batch = new([.. prompts.Select(p => p.Prompt)], runner.Architecture, padding);
        List<(int Edit, int Shift, int Row)> places = [.. prompts.SelectMany((p, i) => p.Rows.Select((row, shift) => (p.Edit, shift, (i * batch.Inputs.OutputLength) + row)))];
        int[] rows = [.. places.Select(p => p.Row)];
        int first = GradientPass.FirstStage(runner.Architecture, layers.Select(l => l.Name));
        Pass pass = new()
        {
            Batch = batch.Inputs,
            Objective = batch.Likelihood(i => (float)batch.Examples[i].TargetTokens.Length / edits[prompts[i].Edit].Prompts.Count),
            GradientFrom = first,
            Version = version,
        };
        EnteringStates entering = new(first);
        Search[] searches = [.. edits.Select((e, i) => new Search(layers, e.Shifts, [.. Enumerable.Range(0, places.Count).Where(p => places[p].Edit == i)], [.. places.Where(p => p.Edit == i).Select(p => p.Shift)]))];
        for (int round = 0; ; round++)
        {
            Dictionary<string, ShiftHook> hooks = layers.ToDictionary(
                l => l.Name, l => new ShiftHook(rows, new HostTensor([rows.Length, l.Outputs], [.. places.SelectMany(p => searches[p.Edit].Shift(l, p.Shift))])));
            PassHooks watched = new() { Layers = hooks.ToDictionary(h => h.Key, h => (ILayerHook)h.Value), Entering = round == 0 ? entering : null };
            PassResult result = await runner.RunAsync(pass, watched, cancellationToken).ConfigureAwait(false);
            if (round == 0)
            {
                // Nothing below the first edited block changes, so the passes that follow start in front of it.
                pass = pass with { StartStage = first, Start = entering.Hidden, StartEncoder = entering.Encoder };
                for (int i = 0; i < edits.Count; i++)
                {
                    // Of its own rows: what an edit finds does not depend on its batch.
                    float scale = Scale(entering.Hidden!, [.. places.Where(p => p.Edit == i).Select(p => p.Row)]);
                    (searches[i].Rate, searches[i].Decay) = (options.Rate * scale, options.Decay / (scale * scale));
                }
            }

            IReadOnlyList<ArraySegment<float>> logP = batch.PerExample(result.TokenLogProbabilities);
            for (int i = 0; i < edits.Count; i++)
            {
                searches[i].See(Enumerable.Range(0, prompts.Count).Where(p => prompts[p].Edit == i).Min(p => MathF.Exp(logP[p].Min())), hooks);
                if (!searches[i].Done && (searches[i].Confidence >= options.Confidence || searches[i].Rounds == options.Rounds))
                {
                    searches[i].Done = true;
                }
                else if (!searches[i].Done)
                {
                    searches[i].Step(hooks);
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
    /// <param name="layers">The edited layers.</param>
    /// <param name="shifts">How many shifts each has.</param>
    /// <param name="places">The edit's own among the places of the batch.</param>
    /// <param name="shiftOf">The shift of each of its places.</param>
    private sealed class Search(IReadOnlyList<EditedLayer> layers, int shifts, int[] places, int[] shiftOf)
    {
        private readonly Dictionary<string, (float[] Shifts, HostAdam Adam)> _state =
            layers.ToDictionary(l => l.Name, l => (new float[shifts * l.Outputs], new HostAdam(shifts * l.Outputs, Beta2)));

        private readonly Dictionary<string, float[]> _keys = [];

        public float Rate { get; set; }

        public float Decay { get; set; }

        public bool Done { get; set; }

        public float Confidence { get; private set; }

        public int Rounds { get; private set; }

        public ArraySegment<float> Shift(EditedLayer layer, int shift) => new(_state[layer.Name].Shifts, shift * layer.Outputs, layer.Outputs);

        /// <summary>Takes what a pass with the present shifts has shown; one that is done keeps what it has.</summary>
        public void See(float confidence, Dictionary<string, ShiftHook> hooks)
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
                _keys[layer.Name] = [.. places.SelectMany(p => new ArraySegment<float>(keys, p * layer.Inputs, layer.Inputs))];
            }
        }

        /// <summary>One step of Adam along the gradient, for each shift summed over the places that share it.</summary>
        public void Step(Dictionary<string, ShiftHook> hooks)
        {
            foreach (EditedLayer layer in layers)
            {
                float[] sums = new float[shifts * layer.Outputs];
                for (int i = 0; i < places.Length; i++)
                {
                    Span<float> sum = sums.AsSpan(shiftOf[i] * layer.Outputs, layer.Outputs);
                    TensorPrimitives.Add(sum, hooks[layer.Name].Gradient!.Data.AsSpan(places[i] * layer.Outputs, layer.Outputs), sum);
                }

                (float[] state, HostAdam adam) = _state[layer.Name];
                adam.Step(state, sums, Rate, 2 * Decay);
            }
        }

        public FoundShifts Found(string subject) => new(
            [.. layers.Select(l => LayerSignals.Of(
                l.Name, [.. Enumerable.Range(0, places.Length)], _keys[l.Name], [.. shiftOf.SelectMany(s => Shift(l, s))], l.Inputs, l.Outputs, subject))],
            Confidence,
            Rounds);
    }
}
