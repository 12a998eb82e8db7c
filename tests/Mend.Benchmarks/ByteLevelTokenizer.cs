using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mend.Benchmarks;

/// <summary>A tokenizer without merges: one token per byte, in GPT-2's order and spelling, and the end of text.</summary>
internal static class ByteLevelTokenizer
{
    /// <summary>Id of the end of text.</summary>
    public const int EndOfText = 256;

    /// <summary>Number of tokens.</summary>
    public const int Size = 257;

    private const string EndOfTextToken = "<|endoftext|>";

    /// <summary>Writes tokenizer.json and tokenizer_config.json.</summary>
    public static void Write(string folder)
    {
        Dictionary<string, int> vocabulary = Vocabulary();
        var byteLevel = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true };
        object tokenizer = new
        {
            version = "1.0",
            truncation = (object?)null,
            padding = (object?)null,
            added_tokens = (object[])[new { id = EndOfText, content = EndOfTextToken, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true }],
            normalizer = (object?)null,
            pre_tokenizer = byteLevel,
            post_processor = byteLevel,
            decoder = byteLevel,
            model = new
            {
                type = "BPE",
                dropout = (object?)null,
                unk_token = (object?)null,
                continuing_subword_prefix = string.Empty,
                end_of_word_suffix = string.Empty,
                fuse_unk = false,
                byte_fallback = false,
                vocab = vocabulary,
                merges = Array.Empty<string>(),
            },
        };
        JsonSerializerOptions options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        File.WriteAllText(Path.Combine(folder, "tokenizer.json"), JsonSerializer.Serialize(tokenizer, options));
        File.WriteAllText(
            Path.Combine(folder, "tokenizer_config.json"),
            JsonSerializer.Serialize(new { tokenizer_class = "GPT2Tokenizer", model_max_length = 1024, bos_token = EndOfTextToken, eos_token = EndOfTextToken, unk_token = EndOfTextToken }, options));
    }

    /// <summary>Printable bytes stand for themselves and come first; the others are characters from U+0100 on.</summary>
    private static Dictionary<string, int> Vocabulary()
    {
        Dictionary<string, int> vocabulary = new(StringComparer.Ordinal);
        foreach (int value in Enumerable.Range(0, 256).Where(IsPrintable))
        {
            vocabulary.Add(((char)value).ToString(), vocabulary.Count);
        }

        int next = 256;
        foreach (int _ in Enumerable.Range(0, 256).Where(value => !IsPrintable(value)))
        {
            vocabulary.Add(((char)next++).ToString(), vocabulary.Count);
        }

        vocabulary.Add(EndOfTextToken, EndOfText);
        return vocabulary;
    }

    private static bool IsPrintable(int value) => value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
}
