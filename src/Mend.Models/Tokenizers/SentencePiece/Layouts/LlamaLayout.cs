using Mend.Models.Tokenizers.Json;
using Mend.Models.Tokenizers.PostProcessors;

namespace Mend.Models.Tokenizers.SentencePiece.Layouts;

/// <summary>Llama: the pieces as they are; &lt;s&gt; before each text unless switched off, &lt;/s&gt; after it if switched on.</summary>
internal sealed class LlamaLayout : ILayout
{
    public string Class => "LlamaTokenizer";

    public IPostProcessor? Around(TokenizerConfig config, Func<string?, int?> id, SpecialTokens roles)
    {
        var before = config.AddBosToken == false ? null : id(roles.Bos);
        var after = config.AddEosToken == true ? id(roles.Eos) : null;
        return before is null && after is null ? null : Templates.Around(before, after);
    }
}
