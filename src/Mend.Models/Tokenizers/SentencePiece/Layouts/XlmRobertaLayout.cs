using Mend.Models.Tokenizers.SentencePiece.Model;
using Mend.Models.Tokenizers.Json;
using Mend.Models.Tokenizers.PostProcessors;

namespace Mend.Models.Tokenizers.SentencePiece.Layouts;

/// <summary>
/// XLM-RoBERTa: &lt;s&gt;, &lt;pad&gt;, &lt;/s&gt; and &lt;unk&gt; are 0 to 3, as in fairseq, where the model has &lt;unk&gt;, &lt;s&gt; and
/// &lt;/s&gt; as 0 to 2; the other pieces move up by one, and &lt;mask&gt; comes last. Laid out around texts like RoBERTa.
/// </summary>
internal sealed class XlmRobertaLayout : ILayout
{
    private static readonly string[] First = ["<s>", "<pad>", "</s>", "<unk>"];

    public string Class => "XLMRobertaTokenizer";

    public bool TrimsText => true;

    public int Id(ModelFile file, int piece) =>
        piece == file.UnknownId ? 3 : Array.IndexOf(First, file.Pieces[piece].Text) is >= 0 and var id ? id : piece + 1;

    public void AddTokens(ModelFile file, TokenizerConfig config, Dictionary<string, int> ids)
    {
        foreach (var (id, token) in First.Index())
        {
            ids[token] = id;
        }

        ids["<mask>"] = file.Pieces.Count + 1;
    }

    public SpecialTokens Complete(SpecialTokens roles) => roles with { Cls = roles.Cls ?? roles.Bos, Sep = roles.Sep ?? roles.Eos };

    public IPostProcessor? Around(TokenizerConfig config, Func<string?, int?> id, SpecialTokens roles) =>
        id(roles.Cls) is { } cls && id(roles.Sep) is { } sep ? Templates.Roberta(cls, sep) : null;
}
