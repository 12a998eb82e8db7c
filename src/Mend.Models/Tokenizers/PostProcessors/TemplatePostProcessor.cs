namespace Mend.Models.Tokenizers.PostProcessors;

/// <summary>A part of a template: a text's tokens, or a special token's ids.</summary>
/// <param name="Sequence">0 for the first text, 1 for the second; null for special tokens.</param>
/// <param name="Ids">The special token's ids; empty for a text.</param>
/// <param name="Segment">The segment of everything in this part.</param>
internal sealed record TemplatePart(int? Sequence, int[] Ids, int Segment);

/// <summary>Lays one text or two out by a template, as in "[CLS] A [SEP] B [SEP]".</summary>
internal sealed class TemplatePostProcessor : IPostProcessor
{
    private readonly TemplatePart[] _single;
    private readonly TemplatePart[] _pair;

    public TemplatePostProcessor(IEnumerable<TemplatePart> single, IEnumerable<TemplatePart> pair)
    {
        _single = [.. single];
        _pair = [.. pair];
    }

    public TokenizedPair Process(TokenizedPair first, TokenizedPair? second)
    {
        var ids = new List<int>();
        var segments = new List<int>();
        foreach (var part in second is null ? _single : _pair)
        {
            var added = part.Sequence switch
            {
                null => part.Ids,
                0 => first.Ids,
                _ => second?.Ids ?? [],
            };
            ids.AddRange(added);
            segments.AddRange(Enumerable.Repeat(part.Segment, added.Length));
        }

        return new TokenizedPair([.. ids], [.. segments]);
    }
}
