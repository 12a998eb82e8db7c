using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Mend.Models.Tokenizers;
using Mend.Models.Tokenizers.Json;
using Mend.Models.Tokenizers.Subwords;
using Mend.Tensors;

namespace Mend.Models.Gguf;

/// <summary>
/// The tokenizer in a GGUF file, written as tokenizer.json and tokenizer_config.json: byte-level BPE ("gpt2") or SentencePiece's BPE
/// with scores ("llama").
/// </summary>
internal sealed class GgufTokenizer
{
    private const string Prefix = "tokenizer.ggml.", ByteLevel = "gpt2", SentencePiece = "llama";

    /// <summary>Roles that special tokens have, by their keys; with the ids that files of SentencePiece models mean when they are silent.</summary>
    private static readonly (string Role, string Key, int? SentencePiece)[] Roles =
    [
        ("bos_token", "bos_token_id", 1), ("eos_token", "eos_token_id", 2), ("unk_token", "unknown_token_id", 0), ("pad_token", "padding_token_id", null),
        ("sep_token", "seperator_token_id", null), ("cls_token", "cls_token_id", null), ("mask_token", "mask_token_id", null),
    ];

    /// <summary>
    /// How chat models' tokens that end a turn or a text are called. Files name one of them or two, and models write the others too;
    /// llama.cpp goes by these names as well.
    /// </summary>
    private static readonly HashSet<string> EndNames = ["<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<EOT>", "<|END_OF_TURN_TOKEN|>"];

    /// <summary>The keys of tokens that end a turn or a message.</summary>
    private static readonly string[] EndKeys = ["eot_token_id", "eom_token_id"];

    private readonly string _path;
    private readonly GgufMetadata _metadata;
    private readonly string _model;
    private readonly string[] _tokens;
    private readonly TokenType[] _types;
    private readonly GgufPreTokenizers? _splits;

    private GgufTokenizer(GgufFile file, string model)
    {
        _path = file.Path;
        _metadata = file.Metadata;
        _model = model;
        _tokens = ReadTokens();
        _types = ReadTypes();
        _splits = model == ByteLevel ? GgufPreTokenizers.Find(_metadata.Text(Prefix + "pre"), _path) : null;
    }

    /// <summary>What a token is, by the numbers that files give.</summary>
    private enum TokenType
    {
        Normal = 1,
        Unknown = 2,
        Control = 3,
        UserDefined = 4,
        Unused = 5,
        Byte = 6,
    }

    /// <summary>Whether a text begins with the first token.</summary>
    private bool AddsBos => _metadata.Flag(Prefix + "add_bos_token") ?? _splits?.AddsBos ?? _model == SentencePiece;

    /// <summary>Whether a text ends with the last token.</summary>
    private bool AddsEos => _metadata.Flag(Prefix + "add_eos_token") ?? false;

    /// <summary>Whether a text begins as if a space were before it.</summary>
    private bool AddsSpace => _model == SentencePiece && (_metadata.Flag(Prefix + "add_space_prefix") ?? true);

    /// <summary>Reads the tokenizer.</summary>
    /// <exception cref="TokenizerException">The file has none, or one that is not supported.</exception>
    /// <exception cref="CheckpointException">A key has a value of another type.</exception>
    public static GgufTokenizer Read(GgufFile file)
    {
        string? model = file.Metadata.Text(Prefix + "model");
        return model is ByteLevel or SentencePiece ? new GgufTokenizer(file, model) : throw new TokenizerException(
            file.Path,
            model is null ? "it has no tokenizer (tokenizer.ggml.model)." : $"its tokenizer is of the kind '{model}'; {ByteLevel} and {SentencePiece} are read.",
            "Take the model's Hugging Face folder.");
    }

    /// <summary>tokenizer.json.</summary>
    public byte[] Json() => Write(json =>
    {
        json.WriteString("version", "1.0");
        json.WriteNull("truncation");
        json.WriteNull("padding");
        WriteAddedTokens(json);
        if (_splits is { } splits)
        {
            json.WriteNull("normalizer");
            splits.Write(json);
            WriteTemplate(json);
            WriteComponent(json, "decoder", "ByteLevel", () =>
            {
                json.WriteBoolean("add_prefix_space", true);
                json.WriteBoolean("trim_offsets", true);
                json.WriteBoolean("use_regex", true);
            });
            WriteBpe(json, unknown: null, byteFallback: false, splits.WholeWords, ReadMerges());
        }
        else
        {
            WriteSpaces(json);
            json.WriteNull("pre_tokenizer");
            WriteTemplate(json);
            WriteSpacesBack(json);
            WriteBpe(json, Role("unk_token"), byteFallback: true, wholeWords: false, MergesByScore());
        }
    });

    /// <summary>tokenizer_config.json.</summary>
    public byte[] ConfigJson() => Write(json =>
    {
        json.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        json.WriteBoolean("clean_up_tokenization_spaces", false);
        json.WriteBoolean("add_bos_token", AddsBos);
        json.WriteBoolean("add_eos_token", AddsEos);
        foreach ((string role, _, _) in Roles)
        {
            json.WriteString(role, Role(role));
        }

        if (_metadata.Text("tokenizer.chat_template") is { } template)
        {
            json.WriteString("chat_template", template);
        }
    });

    /// <summary>The token that begins a text.</summary>
    public int? Bos => RoleId("bos_token");

    /// <summary>The token that ends a text.</summary>
    public int? Eos => RoleId("eos_token");

    /// <summary>All tokens that end an answer, the one that ends a text first.</summary>
    public IReadOnlyList<int> Ends =>
    [
        .. new[] { Eos }.Concat(EndKeys.Select(IdOf)).OfType<int>()
            .Concat(Enumerable.Range(0, _tokens.Length).Where(id => _types[id] == TokenType.Control && EndNames.Contains(_tokens[id]))).Distinct(),
    ];

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new(1 << 16);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteComponent(Utf8JsonWriter json, string? name, string type, Action write)
    {
        if (name is null)
        {
            json.WriteStartObject();
        }
        else
        {
            json.WriteStartObject(name);
        }

        json.WriteString("type", type);
        write();
        json.WriteEndObject();
    }

    private string[] ReadTokens()
    {
        long count = _metadata.Count(Prefix + "tokens");
        if (count is 0 or > VocabularyReader.IdLimit)
        {
            throw new TokenizerException(_path, $"it has {count} tokens; 1 to {VocabularyReader.IdLimit} are wanted.", "Download the file again.");
        }

        string[] tokens = _metadata.Texts(Prefix + "tokens")!;
        HashSet<string> seen = new(tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < tokens.Length; id++)
        {
            tokens[id] = tokens[id].Length > 0 ? tokens[id] : string.Create(CultureInfo.InvariantCulture, $"[EMPTY_{id}]");
            if (!seen.Add(tokens[id]))
            {
                throw new TokenizerException(_path, $"token {id}, '{tokens[id]}', is there twice.", "Download the file again, or convert the model again.");
            }
        }

        return tokens;
    }

    private TokenType[] ReadTypes()
    {
        if (_metadata.Integers(Prefix + "token_type") is not { } types)
        {
            return [.. _tokens.Select(_ => TokenType.Normal)];
        }

        return types.Length >= _tokens.Length
            ? Array.ConvertAll(types[.._tokens.Length], t => (TokenType)t)
            : throw new TokenizerException(_path, $"it has types of {types.Length} tokens, and {_tokens.Length} tokens.", "Download the file again.");
    }

    private string? Role(string role) => RoleId(role) is { } id ? _tokens[id] : null;

    private int? RoleId(string role)
    {
        (_, string key, int? usual) = Roles.First(r => r.Role == role);
        return _metadata.Has(Prefix + key) ? IdOf(key) : _model == SentencePiece && usual < _tokens.Length ? usual : null;
    }

    private int? IdOf(string key) => _metadata.Integer(Prefix + key) switch
    {
        // Some converters write -1 or the largest 32-bit number for "none".
        null or < 0 or uint.MaxValue => null,
        { } id when id < _tokens.Length => (int)id,
        { } id => throw new TokenizerException(
            _path, $"{Prefix}{key} is {id}; the vocabulary has {_tokens.Length} tokens.", "Download the file again, or convert the model again."),
    };

    private void WriteAddedTokens(Utf8JsonWriter json)
    {
        json.WriteStartArray("added_tokens");
        foreach ((int id, TokenType type) in _types.Index())
        {
            if (type is TokenType.Control or TokenType.UserDefined || (type == TokenType.Unknown && _model == SentencePiece))
            {
                json.WriteStartObject();
                json.WriteNumber("id", id);
                json.WriteString("content", _tokens[id]);
                json.WriteBoolean("single_word", false);
                json.WriteBoolean("lstrip", false);
                json.WriteBoolean("rstrip", false);
                json.WriteBoolean("normalized", false);
                json.WriteBoolean("special", type != TokenType.UserDefined);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    private void WriteTemplate(Utf8JsonWriter json)
    {
        (int? before, int? after) = (AddsBos ? RoleId("bos_token") : null, AddsEos ? RoleId("eos_token") : null);
        if (before is null && after is null)
        {
            json.WriteNull("post_processor");
            return;
        }

        WriteComponent(json, "post_processor", "TemplateProcessing", () =>
        {
            WriteParts("single", ["A"]);
            WriteParts("pair", ["A", "B"]);
            json.WriteStartObject("special_tokens");
            foreach (int id in new[] { before, after }.OfType<int>().Distinct())
            {
                json.WriteStartObject(_tokens[id]);
                json.WriteString("id", _tokens[id]);
                json.WriteStartArray("ids");
                json.WriteNumberValue(id);
                json.WriteEndArray();
                json.WriteStartArray("tokens");
                json.WriteStringValue(_tokens[id]);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        });

        void WriteParts(string name, string[] texts)
        {
            json.WriteStartArray(name);
            foreach ((int segment, string text) in texts.Index())
            {
                WritePart("SpecialToken", before is { } first ? _tokens[first] : null, segment);
                WritePart("Sequence", text, segment);
                WritePart("SpecialToken", after is { } last ? _tokens[last] : null, segment);
            }

            json.WriteEndArray();
        }

        void WritePart(string kind, string? id, int segment)
        {
            if (id is not null)
            {
                json.WriteStartObject();
                json.WriteStartObject(kind);
                json.WriteString("id", id);
                json.WriteNumber("type_id", segment);
                json.WriteEndObject();
                json.WriteEndObject();
            }
        }
    }

    private void WriteBpe(Utf8JsonWriter json, string? unknown, bool byteFallback, bool wholeWords, IEnumerable<(string Left, string Right)> merges) =>
        WriteComponent(json, "model", "BPE", () =>
        {
            json.WriteNull("dropout");
            json.WriteString("unk_token", unknown);
            json.WriteNull("continuing_subword_prefix");
            json.WriteNull("end_of_word_suffix");
            json.WriteBoolean("fuse_unk", byteFallback);
            json.WriteBoolean("byte_fallback", byteFallback);
            json.WriteBoolean("ignore_merges", wholeWords);
            json.WriteStartObject("vocab");
            foreach ((int id, string token) in _tokens.Index())
            {
                json.WriteNumber(token, id);
            }

            json.WriteEndObject();
            json.WriteStartArray("merges");
            foreach ((string left, string right) in merges)
            {
                json.WriteStartArray();
                json.WriteStringValue(left);
                json.WriteStringValue(right);
                json.WriteEndArray();
            }

            json.WriteEndArray();
        });

    private IEnumerable<(string Left, string Right)> ReadMerges()
    {
        string[] merges = _metadata.Texts(Prefix + "merges") ?? throw new TokenizerException(
            _path, $"its tokenizer is of the kind '{ByteLevel}' and has no merges ({Prefix}merges).", "Download the file again, or convert the model again.");
        foreach ((int rank, string merge) in merges.Index())
        {
            int space = merge.Length > 1 ? merge.IndexOf(' ', 1) : -1;
            yield return space > 0 && space < merge.Length - 1
                ? (merge[..space], merge[(space + 1)..])
                : throw new TokenizerException(_path, $"merge {rank} is '{merge}'; two tokens with a space between them are wanted.", "Download the file again.");
        }
    }

    /// <summary>SentencePiece joins the neighbours whose piece scores highest: a merge for every way to make a piece of two others, best score first.</summary>
    private IEnumerable<(string Left, string Right)> MergesByScore()
    {
        double[] scores = _metadata.Numbers(Prefix + "scores") ?? throw new TokenizerException(
            _path, $"its tokenizer is of the kind '{SentencePiece}' and has no scores ({Prefix}scores).", "Download the file again, or convert the model again.");
        if (scores.Length < _tokens.Length || scores.Any(double.IsNaN))
        {
            throw new TokenizerException(_path, $"it has {scores.Length} scores of tokens, and {_tokens.Length} tokens; one number for each is wanted.", "Download the file again.");
        }

        HashSet<string> pieces = [.. _tokens.Where((_, id) => _types[id] == TokenType.Normal)];
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> known = pieces.GetAlternateLookup<ReadOnlySpan<char>>();
        List<(double Score, string Left, string Right)> merges = [];
        foreach ((int id, string piece) in _tokens.Index().Where(t => _types[t.Index] == TokenType.Normal))
        {
            Rune.DecodeFromUtf16(piece, out _, out int length);
            for (int at = length; at < piece.Length; at += length)
            {
                if (known.Contains(piece.AsSpan(0, at)) && known.Contains(piece.AsSpan(at)))
                {
                    merges.Add((scores[id], piece[..at], piece[at..]));
                }

                Rune.DecodeFromUtf16(piece.AsSpan(at), out _, out length);
            }
        }

        return merges.OrderByDescending(m => m.Score).Select(m => (m.Left, m.Right));
    }

    private void WriteSpaces(Utf8JsonWriter json) => WriteComponent(json, "normalizer", "Sequence", () =>
    {
        json.WriteStartArray("normalizers");
        if (AddsSpace)
        {
            WriteComponent(json, null, "Prepend", () => json.WriteString("prepend", "▁"));
        }

        WriteReplace(json, " ", "▁");
        json.WriteEndArray();
    });

    private void WriteSpacesBack(Utf8JsonWriter json) => WriteComponent(json, "decoder", "Sequence", () =>
    {
        json.WriteStartArray("decoders");
        WriteReplace(json, "▁", " ");
        WriteComponent(json, null, "ByteFallback", () => { });
        WriteComponent(json, null, "Fuse", () => { });
        if (AddsSpace)
        {
            WriteComponent(json, null, "Strip", () =>
            {
                json.WriteString("content", " ");
                json.WriteNumber("start", 1);
                json.WriteNumber("stop", 0);
            });
        }

        json.WriteEndArray();
    });

    private static void WriteReplace(Utf8JsonWriter json, string from, string to) => WriteComponent(json, null, "Replace", () =>
    {
        json.WriteStartObject("pattern");
        json.WriteString("String", from);
        json.WriteEndObject();
        json.WriteString("content", to);
    });
}
