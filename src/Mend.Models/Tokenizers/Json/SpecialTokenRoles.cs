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
        ["bos_token"] = ["<s>", "<|begin_of_text|>", "<bos>", "<|endoftext|>"],
        ["eos_token"] = ["</s>", "<|end_of_text|>", "<eos>", "<|endoftext|>"],
        ["pad_token"] = ["<pad>", "[PAD]"],
        ["unk_token"] = ["<unk>", "[UNK]"],
        ["cls_token"] = ["[CLS]"],
        ["sep_token"] = ["[SEP]"],
        ["mask_token"] = ["<mask>", "[MASK]"],
    };

    /// <summary>The roles' names.</summary>
    public static IEnumerable<string> Names => Usual.Keys;

    /// <summary>
    /// What the configuration says; where it is silent, what the tokenizer puts around a text, unless that plays another role; else the
    /// usual token that the vocabulary has.
    /// </summary>
    /// <param name="config">The configuration.</param>
    /// <param name="known">Whether the tokenizer has a token.</param>
    /// <param name="first">The token that the tokenizer puts before a text, if any.</param>
    /// <param name="last">The token that it puts behind one, if any.</param>
    public static SpecialTokens Resolve(TokenizerConfig config, Func<string, bool> known, string? first = null, string? last = null)
    {
        string? Role(string name, string? around = null) => config.Roles.TryGetValue(name, out var token)
            ? token
            : around is not null && !PlaysAnother(around, name) ? around : Usual[name].FirstOrDefault(known);

        bool PlaysAnother(string token, string name) =>
            config.Roles.Values.Contains(token) || Usual.Any(role => role.Key != name && role.Value.Contains(token) && !Usual[name].Contains(token));

        return new SpecialTokens
        {
            Bos = Role("bos_token", first),
            Eos = Role("eos_token", last),
            Pad = Role("pad_token"),
            Unk = Role("unk_token"),
            Cls = Role("cls_token"),
            Sep = Role("sep_token"),
            Mask = Role("mask_token"),
        };
    }
}
