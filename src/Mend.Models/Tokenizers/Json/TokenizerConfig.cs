using Mend.Models.Tokenizers.AddedTokens;
using Mend.Models.Tokenizers.Normalizers;

namespace Mend.Models.Tokenizers.Json;

/// <summary>
/// What tokenizer_config.json, special_tokens_map.json and added_tokens.json say, each of which may be missing. Where the
/// first two name different tokens for a role, tokenizer_config.json wins.
/// </summary>
internal sealed record TokenizerConfig
{
    /// <summary>The class that wrote the files, without "Fast"; null when no file says.</summary>
    public string? Class { get; private init; }

    public bool? AddPrefixSpace { get; private init; }

    public bool? AddBosToken { get; private init; }

    public bool? AddEosToken { get; private init; }

    public bool? DoLowerCase { get; private init; }

    public bool? StripAccents { get; private init; }

    public bool? TokenizeChineseChars { get; private init; }

    /// <summary>How many sentinels T5 has beside its SentencePiece model; null when no file says.</summary>
    public int? ExtraIds { get; private init; }

    /// <summary>False where SentencePiece shall treat text after a special token as the middle of a text; null when no file says.</summary>
    public bool? Legacy { get; private init; }

    /// <summary>Tokens by role ("eos_token"); a null token says that nothing plays the role.</summary>
    public IReadOnlyDictionary<string, string?> Roles { get; private init; } = new Dictionary<string, string?>();

    /// <summary>Special tokens without a usual role: additional_special_tokens, and extra_special_tokens, a list or an object of named ones.</summary>
    public IReadOnlyList<string> AdditionalSpecialTokens { get; init; } = [];

    /// <summary>Added tokens with their ids.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; private init; } = [];

    public static TokenizerConfig Read(string folder)
    {
        using var configFile = JsonFile.OpenIfThere(folder, "tokenizer_config.json");
        using var mapFile = JsonFile.OpenIfThere(folder, "special_tokens_map.json");
        using var addedFile = JsonFile.OpenIfThere(folder, "added_tokens.json");
        return Read(configFile?.Root, mapFile?.Root, addedFile?.Root);
    }

    /// <param name="config">tokenizer_config.json, or null.</param>
    /// <param name="map">special_tokens_map.json, or null.</param>
    /// <param name="addedTokens">added_tokens.json, or null.</param>
    public static TokenizerConfig Read(JsonPart? config, JsonPart? map, JsonPart? addedTokens)
    {
        var added = config?.Optional("added_tokens_decoder") is { } byId ? AddedTokenReader.ReadById(byId).ToList() : [];
        if (addedTokens is { } byContent)
        {
            added.AddRange(AddedTokenReader.ReadByContent(byContent).ExceptBy(added.Select(t => t.Content), t => t.Content));
        }

        return new TokenizerConfig
        {
            Class = WithoutFast(config?.OptionalString("tokenizer_class")),
            AddPrefixSpace = config?.OptionalBool("add_prefix_space"),
            AddBosToken = config?.OptionalBool("add_bos_token"),
            AddEosToken = config?.OptionalBool("add_eos_token"),
            DoLowerCase = config?.OptionalBool("do_lower_case"),
            StripAccents = config?.OptionalBool("strip_accents"),
            TokenizeChineseChars = config?.OptionalBool("tokenize_chinese_chars"),
            ExtraIds = config?.Optional("extra_ids")?.AsInt(),
            Legacy = config?.OptionalBool("legacy"),
            Roles = ReadRoles(config, map),
            AdditionalSpecialTokens = [.. ReadAdditional(config).Concat(ReadAdditional(map)).Distinct()],
            AddedTokens = added,
        };
    }

    /// <summary>BERT's switches with those replaced that the configuration sets.</summary>
    public BertOptions Apply(BertOptions options) => options with
    {
        Lowercase = DoLowerCase ?? options.Lowercase,
        StripAccents = StripAccents ?? options.StripAccents,
        HandleChineseChars = TokenizeChineseChars ?? options.HandleChineseChars,
    };

    private static string? WithoutFast(string? name) =>
        name is not null && name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^"Fast".Length] : name;

    private static Dictionary<string, string?> ReadRoles(params JsonPart?[] files)
    {
        var roles = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var file in files.OfType<JsonPart>())
        {
            foreach (var role in SpecialTokenRoles.Names)
            {
                // TryGetProperty, not Optional: a null that is written down says that nothing plays the role.
                if (!roles.ContainsKey(role) && file.Value.TryGetProperty(role, out _))
                {
                    roles[role] = file.Optional(role) is { } token ? ReadToken(token) : null;
                }
            }
        }

        return roles;
    }

    private static IEnumerable<string> ReadAdditional(JsonPart? file) =>
        new[] { "additional_special_tokens", "extra_special_tokens" }.Select(name => file?.Optional(name)).OfType<JsonPart>().SelectMany(ReadTokens);

    private static IEnumerable<string> ReadTokens(JsonPart tokens) => tokens.Value.ValueKind == System.Text.Json.JsonValueKind.Object
        ? tokens.Properties().Select(named => ReadToken(named.Value))
        : tokens.AsItems().Select(ReadToken);

    /// <summary>A token is written as a string or as an object with "content".</summary>
    private static string ReadToken(JsonPart token) =>
        token.Value.ValueKind == System.Text.Json.JsonValueKind.Object ? token.String("content") : token.AsString();
}
