namespace Mend.Sharding;

/// <summary>A half-open range of stages, start..end. The default is empty.</summary>
public readonly record struct StageRange
{
    /// <summary>Creates a range.</summary>
    /// <param name="start">First stage.</param>
    /// <param name="end">One past the last.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or negative.</exception>
    public StageRange(int start, int end)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(end, start);
        Start = start;
        End = end;
    }

    /// <summary>First stage.</summary>
    public int Start { get; }

    /// <summary>One past the last stage.</summary>
    public int End { get; }

    /// <summary>Whether a stage lies in it.</summary>
    /// <param name="stage">The stage.</param>
    public bool Contains(int stage) => stage >= Start && stage < End;

    /// <inheritdoc/>
    public override string ToString() => $"{Start}..{End}";
}
