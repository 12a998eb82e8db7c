using Mend.Models.Tokenizers.SentencePiece.Model;
using Mend.Models.Tokenizers.Json;
using Mend.Models.Tokenizers.PostProcessors;

namespace Mend.Models.Tokenizers.SentencePiece.Layouts;

/// <summary>What a family of checkpoints adds to its SentencePiece model. Thread-safe.</summary>
internal interface ILayout
{
    /// <summary>The tokenizer class of the family, as tokenizer_config.json names it.</summary>
    string Class { get; }

    /// <summary>Whether decoded text loses white space at its ends.</summary>
    bool TrimsText => false;

    /// <summary>The checkpoint's id of a piece.</summary>
    int Id(ModelFile file, int piece) => piece;

    /// <summary>Adds the tokens that the checkpoint has beside the pieces.</summary>
    /// <exception cref="TokenizerException">The configuration asks for an impossible number of them.</exception>
    void AddTokens(ModelFile file, TokenizerConfig config, Dictionary<string, int> ids)
    {
    }

    /// <summary>The tokens that are special even if the configuration does not say so.</summary>
    IEnumerable<string> SpecialTokens(Dictionary<string, int> ids) => [];

    /// <summary>Fills roles in that the family gives to tokens of other roles.</summary>
    SpecialTokens Complete(SpecialTokens roles) => roles;

    /// <summary>What goes around one text or two; null when nothing does.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="id">Id of a token; null when there is none.</param>
    /// <param name="roles">Tokens by role.</param>
    IPostProcessor? Around(TokenizerConfig config, Func<string?, int?> id, SpecialTokens roles);
}
