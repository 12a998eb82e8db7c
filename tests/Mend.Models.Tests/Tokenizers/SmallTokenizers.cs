using System.Text.Json.Nodes;
using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Tokenizers;

/// <summary>Hand-made tokenizer.json files in the shapes that published families use.</summary>
internal static class SmallTokenizers
{
    /// <summary>Llama 2 and Mistral: SentencePiece BPE over whole texts, with byte tokens; ids 3 to 258 are the bytes.</summary>
    public static JsonObject Llama2()
    {
        var tokens = new List<string> { "<unk>", "<s>", "</s>" };
        tokens.AddRange(Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"));
        string[] characters = ["▁", "t", "h", "e", "c", "a", "o"];
        string[] merges = ["t h", "th e", "▁ the", "▁ c", "▁c a", "▁ ▁"];
        tokens.AddRange(characters.Concat(merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal))));
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(Added(0, "<unk>"), Added(1, "<s>"), Added(2, "</s>")),
            ["normalizer"] = JsonNode.Parse("""
                {"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}
                """),
            ["pre_tokenizer"] = null,
            ["post_processor"] = JsonNode.Parse("""
                {"type":"TemplateProcessing",
                 "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
                 "pair":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"<s>","type_id":1}},{"Sequence":{"id":"B","type_id":1}}],
                 "special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}}
                """),
            ["decoder"] = JsonNode.Parse("""
                {"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}
                """),
            ["model"] = Bpe(tokens, merges, new JsonObject { ["unk_token"] = "<unk>", ["fuse_unk"] = true, ["byte_fallback"] = true }),
        };
    }

    /// <summary>
    /// Llama 3 and Qwen 2: byte-level BPE after a Split, merges as pairs; ids 0 to 255 are the bytes in byte order, then
    /// "he", "hello" (which no merge makes), "12", "123" and the special token.
    /// </summary>
    /// <param name="pattern">The pattern to split by.</param>
    /// <param name="ignoreMerges">Whether words that are tokens are taken whole.</param>
    public static JsonObject SplitBpe(string pattern, bool ignoreMerges)
    {
        var tokens = Enumerable.Range(0, 256).Select(b => ByteLevelCharacter((byte)b)).ToList();
        tokens.AddRange(["he", "hello", "12", "123"]);
        var model = Bpe(tokens, [], new JsonObject { ["ignore_merges"] = ignoreMerges });
        model["merges"] = new JsonArray(new JsonArray("h", "e"), new JsonArray("1", "2"), new JsonArray("12", "3"));
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(Added(tokens.Count, "<|end_of_text|>")),
            ["normalizer"] = JsonNode.Parse("""{"type":"NFC"}"""),
            ["pre_tokenizer"] = new JsonObject
            {
                ["type"] = "Sequence",
                ["pretokenizers"] = new JsonArray(
                    new JsonObject
                    {
                        ["type"] = "Split",
                        ["pattern"] = new JsonObject { ["Regex"] = pattern },
                        ["behavior"] = "Isolated",
                        ["invert"] = false,
                    },
                    JsonNode.Parse("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""")),
            },
            ["decoder"] = JsonNode.Parse("""{"type":"ByteLevel"}"""),
            ["model"] = model,
        };
    }

    public static ITokenizer Load(JsonObject json)
    {
        using var folder = new TemporaryFolder().With("tokenizer.json", json);
        return TokenizerLoader.Load(folder.Path);
    }

    private static JsonObject Bpe(IReadOnlyList<string> tokens, IEnumerable<string> merges, JsonObject switches)
    {
        var model = new JsonObject
        {
            ["type"] = "BPE",
            ["vocab"] = new JsonObject(tokens.Select((token, id) => KeyValuePair.Create<string, JsonNode?>(token, id))),
            ["merges"] = new JsonArray([.. merges.Select(merge => JsonValue.Create(merge))]),
        };
        foreach (var (name, value) in switches)
        {
            model[name] = value?.DeepClone();
        }

        return model;
    }

    private static JsonObject Added(int id, string content) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = false,
        ["lstrip"] = false,
        ["rstrip"] = false,
        ["normalized"] = false,
        ["special"] = true,
    };

    /// <summary>The byte alphabet, written down a second time: printable bytes as they are, the others from U+0100 on.</summary>
    private static string ByteLevelCharacter(byte value)
    {
        static bool Printable(int b) => b is (> 32 and < 127) or (> 160 and < 173) or > 173;
        return Printable(value)
            ? ((char)value).ToString()
            : ((char)(256 + Enumerable.Range(0, value).Count(b => !Printable(b)))).ToString();
    }
}
