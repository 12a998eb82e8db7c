namespace Mend.Models.Tokenizers.Decoders;

/// <summary>Decoding steps one after another.</summary>
internal sealed class SequenceDecoder : IDecoder
{
    private readonly IDecoder[] _steps;

    public SequenceDecoder(IEnumerable<IDecoder> steps) => _steps = [.. steps];

    public IReadOnlyList<string> Decode(IReadOnlyList<string> tokens) =>
        _steps.Aggregate(tokens, (current, step) => step.Decode(current));
}
