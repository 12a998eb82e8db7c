using System.Globalization;
using System.Text.RegularExpressions;
using Mend.Models.Tokenizers.SentencePiece.Model;
using Mend.Models.Tokenizers.Json;
using Mend.Models.Tokenizers.PostProcessors;

namespace Mend.Models.Tokenizers.SentencePiece.Layouts;

/// <summary>
/// T5: after the pieces the sentinels, the last of them first ("&lt;extra_id_0&gt;" has the highest id); &lt;/s&gt; after
/// each text, all in segment 0.
/// </summary>
internal sealed partial class T5Layout : ILayout
{
    /// <summary>Sentinels of a checkpoint that does not say how many it has.</summary>
    private const int UsualSentinels = 100;

    public string Class => "T5Tokenizer";

    public bool TrimsText => true;

    public void AddTokens(ModelFile file, TokenizerConfig config, Dictionary<string, int> ids)
    {
        var count = config.ExtraIds ?? (config.AdditionalSpecialTokens.Count(t => Sentinel().IsMatch(t)) is > 0 and var listed ? listed : UsualSentinels);
        if (count >= VocabularyReader.IdLimit - file.Pieces.Count)
        {
            throw new TokenizerException(
                Path.Combine(Path.GetDirectoryName(file.Path) ?? "", "tokenizer_config.json"),
                $"'extra_ids' is {count}; with {file.Pieces.Count} pieces fewer than {VocabularyReader.IdLimit - file.Pieces.Count} were expected.",
                "Take the file from the published checkpoint again.");
        }

        for (var i = 0; i < count; i++)
        {
            ids[string.Create(CultureInfo.InvariantCulture, $"<extra_id_{i}>")] = file.Pieces.Count + count - 1 - i;
        }
    }

    public IEnumerable<string> SpecialTokens(Dictionary<string, int> ids) => ids.Keys.Where(token => Sentinel().IsMatch(token));

    public IPostProcessor? Around(TokenizerConfig config, Func<string?, int?> id, SpecialTokens roles)
    {
        if (id(roles.Eos) is not { } end)
        {
            return null;
        }

        var (first, second, eos) = (new TemplatePart(0, [], 0), new TemplatePart(1, [], 0), new TemplatePart(null, [end], 0));
        return new TemplatePostProcessor([first, eos], [first, eos, second, eos]);
    }

    [GeneratedRegex("^<extra_id_[0-9]+>\\z")]
    private static partial Regex Sentinel();
}
