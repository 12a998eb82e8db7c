using System.Text.Json;
using Mend.Models.Tokenizers;
using Mend.Models.Tokenizers.Patterns.WordScanners;

namespace Mend.Models.Gguf;

/// <summary>
/// How texts are split before the merges of a byte-level BPE, by the names that llama.cpp gives the ways (tokenizer.ggml.pre). A text
/// is split at the matches of the first pattern, what comes of it at those of the second, and so on.
/// </summary>
/// <param name="Patterns">Regular expressions as the models' own tokenizer.json have them.</param>
/// <param name="WholeWords">Whether a word that is a token is taken whole, even if no merges lead to it.</param>
/// <param name="AddsBos">Whether a text begins with the first token unless the file says something else.</param>
internal sealed record GgufPreTokenizers(string[] Patterns, bool WholeWords = false, bool AddsBos = false)
{
    /// <summary>Each number sign by itself.</summary>
    private const string Digit = @"\p{N}";

    private const string Gpt2 = Gpt2WordScanner.Pattern, Llama3 = CaselessWordScanner.Llama3Pattern, Qwen2 = CaselessWordScanner.Qwen2Pattern;
    private const string Contraction = "(?i:'s|'t|'re|'ve|'m|'ll|'d)", Space = @"|\s*[\r\n]+|\s+(?!\S)|\s+";
    private const string Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]", Start = @"[^\r\n\p{L}\p{N}]?";
    private const string Signs = @"| ?[^\s\p{L}\p{N}]+[\r\n/]*";
    private const string Bloom = " ?[^(\\s|.,!?…。，、।۔،)]+";
    private const string DeepSeek3 = @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*" + Space;

    private static readonly GgufPreTokenizers LikeGpt2 = new([Gpt2]), LikeStarCoder = new([Digit, Gpt2]), LikeQwen2 = new([Qwen2]), LikeBloom = new([Bloom]),
        LikeLlama3 = new([Llama3], WholeWords: true, AddsBos: true), LikeDbrx = new([Llama3]),
        LikeGpt4o = new([$"{Start}{Upper}*{Lower}+{Contraction}?|{Start}{Upper}+{Lower}*{Contraction}?|\\p{{N}}{{1,3}}{Signs}{Space}"]),
        LikeDeepSeek3 = new([@"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DeepSeek3]);

    private static readonly Dictionary<string, GgufPreTokenizers> ByName = new(StringComparer.Ordinal)
    {
        ["default"] = new([@"[\p{P}\$\+<=>\^~\|]+", Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"]),
        ["gpt-2"] = LikeGpt2,
        ["phi-2"] = LikeGpt2,
        ["mpt"] = LikeGpt2,
        ["olmo"] = LikeGpt2,
        ["jais"] = LikeGpt2,
        ["trillion"] = LikeGpt2,
        ["exaone4"] = LikeGpt2,
        ["gigachat"] = LikeGpt2,
        ["mellum"] = LikeGpt2,
        ["modern-bert"] = LikeGpt2,
        ["granite-docling"] = LikeGpt2,
        ["starcoder"] = LikeStarCoder,
        ["refact"] = LikeStarCoder,
        ["command-r"] = LikeStarCoder,
        ["smollm"] = LikeStarCoder,
        ["codeshell"] = LikeStarCoder,
        ["exaone"] = LikeStarCoder,
        ["minerva-7b"] = LikeStarCoder,
        ["qwen2"] = LikeQwen2,
        ["deepseek-r1-qwen"] = LikeQwen2,
        ["stablelm2"] = LikeQwen2,
        ["megrez"] = LikeQwen2,
        ["hunyuan"] = LikeQwen2,
        ["grok-2"] = LikeQwen2,
        ["qwen35"] = new([$@"{Contraction}|{Start}[\p{{L}}\p{{M}}]+|\p{{N}}| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*{Space}"]),
        ["llama-bpe"] = LikeLlama3,
        ["llama3"] = LikeLlama3,
        ["llama-v3"] = LikeLlama3,
        ["falcon3"] = LikeLlama3,
        ["falcon-h1"] = LikeLlama3,
        ["pixtral"] = LikeLlama3,
        ["lfm2"] = LikeLlama3,
        ["dbrx"] = LikeDbrx,
        ["smaug-bpe"] = LikeDbrx,
        ["chatglm-bpe"] = LikeDbrx,
        ["glm4"] = LikeDbrx,
        ["tekken"] = new([$"{Start}{Upper}*{Lower}+|{Start}{Upper}+{Lower}*|{Digit}{Signs}{Space}"], WholeWords: true, AddsBos: true),
        ["gpt-4o"] = LikeGpt4o,
        ["llama4"] = LikeGpt4o,
        ["falcon"] = new([@"[\p{P}\$\+<=>\^~\|`]+", Gpt2, "[0-9][0-9][0-9]"]),
        ["bloom"] = LikeBloom,
        ["poro-chat"] = LikeBloom,
        ["gpt3-finnish"] = LikeBloom,
        ["viking"] = new([Bloom, Digit]),
        ["deepseek-coder"] = new([@"[\r\n]", @"\s?\p{L}+", @"\s?\p{P}+", "[一-龥ࠀ-一가-\uD7FF]+", Digit]),
        ["deepseek-llm"] = new([@"[\r\n]", @"\s?[\p{Lu}\p{Ll}\p{Lt}]+", "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+", @"\s+$", "[一-龥ࠀ-一가-\uD7FF]+", @"\p{N}+"]),
        ["deepseek-v3"] = LikeDeepSeek3,
        ["hunyuan-dense"] = LikeDeepSeek3,
        ["joyai-llm"] = LikeDeepSeek3,
        ["seed-coder"] = new([$@"{Contraction}|{Start}\p{{L}}+|\p{{N}}| ?[^\s\p{{L}}\p{{N}}\r\n]+{Space}"]),
    };

    /// <summary>The way of a name; files of older converters have none.</summary>
    /// <param name="name">The value of tokenizer.ggml.pre, or null.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="TokenizerException">The way is not known.</exception>
    public static GgufPreTokenizers Find(string? name, string path) => ByName.GetValueOrDefault(name is null or "" ? "default" : name) ?? throw new TokenizerException(
        path,
        $"tokenizer.ggml.pre is '{name}', a way of splitting texts that is not known here; known are {string.Join(", ", ByName.Keys.Order(StringComparer.Ordinal))}.",
        "Take the model's Hugging Face folder.");

    /// <summary>Writes it as "pre_tokenizer" of tokenizer.json has it.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        foreach (string pattern in Patterns)
        {
            json.WriteStartObject();
            json.WriteString("type", "Split");
            json.WriteStartObject("pattern");
            json.WriteString("Regex", pattern);
            json.WriteEndObject();
            json.WriteString("behavior", "Isolated");
            json.WriteBoolean("invert", false);
            json.WriteEndObject();
        }

        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", false);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
