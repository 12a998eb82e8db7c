namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>Normalizers one after another.</summary>
internal sealed class SequenceNormalizer : INormalizer
{
    private readonly INormalizer[] _steps;

    public SequenceNormalizer(IEnumerable<INormalizer> steps) => _steps = [.. steps];

    public string Normalize(string text) => _steps.Aggregate(text, (current, step) => step.Normalize(current));
}
