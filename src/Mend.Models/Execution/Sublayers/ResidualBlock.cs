using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// One transformer layer whose parts are added to what enters them: attention, then an MLP, or both side by side. Norms stand before
/// the parts, after them, or both, always inside the residual sum.
/// </summary>
internal sealed class ResidualBlock : IStage
{
    /// <summary>Attention.</summary>
    public required ISublayer Attention { get; init; }

    /// <summary>The MLP.</summary>
    public required ISublayer Mlp { get; init; }

    /// <summary>On what enters the attention; null means none.</summary>
    public IRowNorm? BeforeAttention { get; init; }

    /// <summary>On what the attention returns; null means none.</summary>
    public IRowNorm? AfterAttention { get; init; }

    /// <summary>On what enters the MLP; null means none, or side by side the attention's.</summary>
    public IRowNorm? BeforeMlp { get; init; }

    /// <summary>On what the MLP returns; null means none.</summary>
    public IRowNorm? AfterMlp { get; init; }

    /// <summary>Whether the MLP works on what enters the layer, as the attention does, rather than on the first sum.</summary>
    public bool SideBySide { get; init; }

    /// <summary>Factor on what each part adds.</summary>
    public float Scale { get; init; } = 1f;

    /// <inheritdoc/>
    public StageState Forward(StageContext context, StageState input)
    {
        Tape tape = context.Tape;
        Value x = input.RequireHidden();
        Value normed = Norm(tape, BeforeAttention, x);
        Value attended = Norm(tape, AfterAttention, Attention.Forward(context, normed));
        Value h = tape.Add(x, tape.Scale(attended, Scale));
        Value entering = SideBySide
            ? BeforeMlp is null ? normed : BeforeMlp.Forward(tape, x)
            : Norm(tape, BeforeMlp, h);
        Value added = Norm(tape, AfterMlp, Mlp.Forward(context, entering));
        return input with { Hidden = tape.Add(h, tape.Scale(added, Scale)) };
    }

    private static Value Norm(Tape tape, IRowNorm? norm, Value x) => norm?.Forward(tape, x) ?? x;
}
