using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// The experts of a mixture: gated MLPs that see only the tokens sent to them. A matrix of each is a layer of its own, which may be edited;
/// those of an expert without tokens are not read.
/// </summary>
internal sealed class ExpertSet
{
    private readonly Expert[] _experts;
    private readonly UnaryOp _activation;

    /// <summary>Loads the experts.</summary>
    /// <param name="parameters">Where from.</param>
    /// <param name="prefix">"model.layers.3.mlp.experts".</param>
    /// <param name="width">Size of the hidden states.</param>
    /// <param name="inner">Size between.</param>
    /// <param name="activation">The gate's activation.</param>
    /// <param name="routing">How many there are, and how many a token goes to.</param>
    /// <param name="names">Names of an expert's matrices.</param>
    public ExpertSet(ParameterSource parameters, string prefix, int width, int inner, UnaryOp activation, ExpertRouting routing, ExpertNames names)
    {
        ParameterSource some = parameters.ForSome(routing.Share);
        _experts = [.. Enumerable.Range(0, routing.Experts).Select(e => new Expert(
            some.Linear($"{prefix}.{e}.{names.Gate}", width, inner, bias: false),
            some.Linear($"{prefix}.{e}.{names.Up}", width, inner, bias: false),
            some.Linear($"{prefix}.{e}.{names.Down}", inner, width, bias: false)))];
        _activation = activation;
    }

    /// <summary>Σ weight · expert(x) over the experts of each token, summed in ascending order of the experts.</summary>
    /// <param name="context">The pass.</param>
    /// <param name="x">[tokens, width].</param>
    /// <param name="rows">Which rows of the batch the tokens are.</param>
    /// <param name="chosen">Row-major [tokens, per token]: their experts, ascending per token.</param>
    /// <param name="weights">[tokens, per token].</param>
    /// <returns>[tokens, width].</returns>
    public Value Forward(StageContext context, Value x, BatchRows rows, int[] chosen, Value weights)
    {
        Tape tape = context.Tape;
        (int tokens, int perToken, int width) = (x.Shape[0], weights.Shape[1], x.Shape[1]);
        List<Value> outputs = [];
        int[] place = new int[chosen.Length];
        int at = 0;
        foreach ((int e, int[] slots) in Slots(chosen).Index())
        {
            if (slots.Length == 0)
            {
                _experts[e].PassBy(context, rows);
                continue;
            }

            int[] sent = Array.ConvertAll(slots, slot => slot / perToken);
            outputs.Add(_experts[e].Forward(
                context, tape.GatherRows(x, sent), rows with { Rows = Array.ConvertAll(sent, token => rows.Rows[token]) }, _activation));
            foreach (int slot in slots)
            {
                place[slot] = at++;
            }
        }

        Value perSlot = tape.Reshape(tape.GatherRows(tape.Concat(0, [.. outputs]), place), [tokens, perToken, width]);
        Value weighted = tape.Multiply(perSlot, tape.Reshape(weights, [tokens, perToken, 1]));
        return tape.Reshape(tape.SumTo(weighted, [tokens, 1, width]), [tokens, width]);
    }

    /// <summary>Per expert, the places in the list of choices that name it, ascending.</summary>
    private int[][] Slots(int[] chosen)
    {
        List<int>[] slots = [.. _experts.Select(_ => new List<int>())];
        for (int slot = 0; slot < chosen.Length; slot++)
        {
            slots[chosen[slot]].Add(slot);
        }

        return Array.ConvertAll(slots, s => s.ToArray());
    }

    private sealed record Expert(LinearLayer Gate, LinearLayer Up, LinearLayer Down)
    {
        public Value Forward(StageContext context, Value x, BatchRows rows, UnaryOp activation)
        {
            Tape tape = context.Tape;
            Value gate = tape.Unary(activation, context.Linear(Gate, x, rows));
            return context.Linear(Down, tape.Multiply(gate, context.Linear(Up, x, rows)), rows);
        }

        public void PassBy(StageContext context, BatchRows rows)
        {
            foreach (LinearLayer layer in new[] { Gate, Up, Down })
            {
                context.PassBy(layer, rows.Batch, rows.Length);
            }
        }
    }
}

/// <summary>Names of an expert's matrices.</summary>
/// <param name="Gate">The gate's.</param>
/// <param name="Up">That of what the gate is multiplied by.</param>
/// <param name="Down">The output's.</param>
internal sealed record ExpertNames(string Gate = "gate_proj", string Up = "up_proj", string Down = "down_proj");
