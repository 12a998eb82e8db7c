using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>A mixture of experts in place of an MLP: a router, its experts and, where there is one, an MLP that all tokens share. Padding goes to no expert.</summary>
/// <param name="router">Chooses the experts.</param>
/// <param name="experts">The experts.</param>
/// <param name="shared">Added to what the experts say; null means none.</param>
internal sealed class ExpertMixture(ExpertRouter router, ExpertSet experts, ISublayer? shared) : ISublayer
{
    /// <inheritdoc/>
    public Value Forward(StageContext context, Value x)
    {
        Tape tape = context.Tape;
        BatchRows rows = BatchRows.Tokens(context.Batch);
        int[] positions = context.Pass.Positions(rows.Length);
        Value tokens = tape.GatherRows(x, rows.Rows);
        (int[] chosen, Value weights) = router.Route(tape, tokens, i => positions[rows.Rows[i] % rows.Length]);
        Value y = rows.Spread(tape, experts.Forward(context, tokens, rows, chosen, weights));
        return shared is null ? y : tape.Add(y, shared.Forward(context, x));
    }
}
