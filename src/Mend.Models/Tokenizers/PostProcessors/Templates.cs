namespace Mend.Models.Tokenizers.PostProcessors;

/// <summary>The templates that have a name of their own.</summary>
internal static class Templates
{
    /// <summary>[CLS] A [SEP] and [CLS] A [SEP] B [SEP], the second text in segment 1.</summary>
    public static TemplatePostProcessor Bert(int cls, int sep) => new(
        [Token(cls), Text(0, 0), Token(sep)],
        [Token(cls), Text(0, 0), Token(sep), Text(1, 1), Token(sep, 1)]);

    /// <summary>&lt;s&gt; A &lt;/s&gt; and &lt;s&gt; A &lt;/s&gt; &lt;/s&gt; B &lt;/s&gt;, all in segment 0.</summary>
    public static TemplatePostProcessor Roberta(int cls, int sep) => new(
        [Token(cls), Text(0, 0), Token(sep)],
        [Token(cls), Text(0, 0), Token(sep), Token(sep), Text(1, 0), Token(sep)]);

    /// <summary>The given tokens before each text and after it; the second text in segment 1.</summary>
    public static TemplatePostProcessor Around(int? before, int? after) => new(
        [.. Wrap(0, before, after)],
        [.. Wrap(0, before, after), .. Wrap(1, before, after)]);

    private static IEnumerable<TemplatePart> Wrap(int sequence, int? before, int? after)
    {
        if (before is { } start)
        {
            yield return Token(start, sequence);
        }

        yield return Text(sequence, sequence);
        if (after is { } end)
        {
            yield return Token(end, sequence);
        }
    }

    private static TemplatePart Token(int id, int segment = 0) => new(null, [id], segment);

    private static TemplatePart Text(int sequence, int segment) => new(sequence, [], segment);
}
