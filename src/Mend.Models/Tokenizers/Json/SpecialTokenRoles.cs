namespace Mend.Models.Tokenizers.Json;

/// <summary>Finds out which token plays which role.</summary>
internal static class SpecialTokenRoles
{
    /// <summary>
    /// The roles as the files name them, each with the tokens that usually play it, likeliest first: for files that do not
    /// say.
    /// </summary>
    private static readonly Dictionary<string, string[]> Usual = new(StringComparer.Ordinal)
    {
        ["bos_token"] = ["<s>", "<|begin_of_text|>", "<|endoftext|>"],
        ["eos_token"] = ["</s>", "<|end_of_text|>", "<|endoftext|>"],
        ["pad_token"] = ["<pad>", "[PAD]"],
        ["unk_token"] = ["<unk>", "[UNK]"],
        ["cls_token"] = ["[CLS]"],
        ["sep_token"] = ["[SEP]"],
        ["mask_token"] = ["<mask>", "[MASK]"],
    };

    /// <summary>The roles' names.</summary>
    public static IEnumerable<string> Names => Usual.Keys;

    /// <summary>What the configuration says; where it is silent, the usual token that the vocabulary has.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="known">Whether the tokenizer has a token.</param>
    public static SpecialTokens Resolve(TokenizerConfig config, Func<string, bool> known)
    {
        string? Role(string name) =>
            config.Roles.TryGetValue(name, out var token) ? token : Usual[name].FirstOrDefault(known);

        return new SpecialTokens
        {
            Bos = Role("bos_token"),
            Eos = Role("eos_token"),
            Pad = Role("pad_token"),
            Unk = Role("unk_token"),
            Cls = Role("cls_token"),
            Sep = Role("sep_token"),
            Mask = Role("mask_token"),
        };
    }
}
