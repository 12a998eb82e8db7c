using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Tokenizers;

public sealed class TokenizerLoaderTests
{
    private const string Bpe = """{"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}""";

    /// <summary>Files ("name: content"), and what the error must name.</summary>
    public static TheoryData<string[], string, string> Malformed => new()
    {
        { [], "", "no tokenizer was found" },
        { ["config.json: {}"], "", "found config.json" },
        { ["vocab.json: {}"], "", "merges.txt" },
        { ["tokenizer.json: "], "tokenizer.json", "not JSON" },
        { ["tokenizer.json: version https://git-lfs.github.com/spec/v1"], "tokenizer.json", "not JSON" },
        { ["tokenizer.json: []"], "tokenizer.json", "an object was expected" },
        { ["tokenizer.json: {}"], "tokenizer.json", "'model' is missing" },
        { ["tokenizer.json: {\"model\":{}}"], "tokenizer.json", "'model.type' is missing" },
        { ["tokenizer.json: {\"model\":3}"], "tokenizer.json", "'model' is 3; an object was expected" },
        { ["tokenizer.json: {\"model\":{\"type\":\"WordLevel\"}}"], "tokenizer.json", "a model of type 'WordLevel', which is not supported" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{},\"merges\":[]}}"], "tokenizer.json", "vocabulary is empty" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":\"x\"},\"merges\":[]}}"], "tokenizer.json", "token 'a' has the id \"x\"" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}"], "tokenizer.json", "token 'a' has the id -1" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":2147483647},\"merges\":[]}}"], "tokenizer.json", "2147483647" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1,\"b\":1},\"merges\":[]}}"], "tokenizer.json", "which another token has too" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1},\"merges\":[\"a\"]}}"], "tokenizer.json", "merge 1 is 'a'" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1},\"merges\":[\"a a\"]}}"], "tokenizer.json", "needs the token 'aa'" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1},\"merges\":[[\"a\"]]}}"], "tokenizer.json", "merge 1" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1},\"merges\":[],\"unk_token\":\"?\"}}"], "tokenizer.json", "'?' is not in the vocabulary" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1},\"merges\":[],\"dropout\":0.1}}"], "tokenizer.json", "dropout" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{\"\\ud800\":1},\"merges\":[]}}"], "tokenizer.json", "not valid Unicode" },
        { ["tokenizer.json: {\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1},\"merges\":[\"\\ud800 a\"]}}"], "tokenizer.json", "not valid Unicode" },
        { ["tokenizer.json: {\"model\":{\"type\":\"\\ud800\"}}"], "tokenizer.json", "not valid Unicode" },
        { ["tokenizer.json: {\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",0]]}}"], "tokenizer.json", "unk_id" },
        { ["tokenizer.json: {\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\",0],[\"a\",0]]}}"], "tokenizer.json", "'a' twice" },
        { ["tokenizer.json: {\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":[[\"a\"]]}}"], "tokenizer.json", "'model.vocab[0]'" },
        { ["tokenizer.json: {\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}"], "tokenizer.json", "[UNK]" },
        { ["tokenizer.json: " + With("normalizer", """{"type":"Precompiled","precompiled_charsmap":"AA=="}""")], "tokenizer.json", "precompiled_charsmap" },
        { ["tokenizer.json: " + With("normalizer", """{"type":"Sequence","normalizers":[{"type":"Romanize"}]}""")], "tokenizer.json", "'normalizer.normalizers[0]' is a normalizer of type 'Romanize'" },
        { ["tokenizer.json: " + With("normalizer", """{"type":"Replace","pattern":{"Regex":"("},"content":""}""")], "tokenizer.json", "regular expression '('" },
        { ["tokenizer.json: " + With("pre_tokenizer", """{"type":"UnicodeScripts"}""")], "tokenizer.json", "UnicodeScripts" },
        { ["tokenizer.json: " + With("pre_tokenizer", """{"type":"Split","pattern":{"String":"x"},"behavior":"Sideways"}""")], "tokenizer.json", "Sideways" },
        { ["tokenizer.json: " + With("pre_tokenizer", """{"type":"Metaspace","prepend_scheme":"often"}""")], "tokenizer.json", "often" },
        { ["tokenizer.json: " + With("post_processor", """{"type":"Surprise"}""")], "tokenizer.json", "Surprise" },
        { ["tokenizer.json: " + With("post_processor", """{"type":"BertProcessing","sep":[1],"cls":["a",0]}""")], "tokenizer.json", "pair [token, id]" },
        { ["tokenizer.json: " + With("decoder", """{"type":"CTC"}""")], "tokenizer.json", "CTC" },
        { ["tokenizer.json: " + With("added_tokens", """[{"id":7,"content":"ab"}]""")], "tokenizer.json", "'ab' has the id 7" },
        { ["tokenizer.json: " + With("added_tokens", """[{"content":"ab"}]""")], "tokenizer.json", "'added_tokens[0].id' is missing" },
        { ["tokenizer.json: " + Bpe, "tokenizer_config.json: {\"eos_token\":7}"], "tokenizer_config.json", "'eos_token' is 7; a string was expected" },
        { ["tokenizer.json: " + Bpe, "special_tokens_map.json: {"], "special_tokens_map.json", "not JSON" },
        { ["tokenizer.json: " + Bpe, "tokenizer_config.json: {\"added_tokens_decoder\":{\"x\":{}}}"], "tokenizer_config.json", "the key 'x'" },
        { ["vocab.json: {\"a\":0}", "merges.txt: #version: 0.2\na b"], "merges.txt", "needs the token 'b'" },
        { ["vocab.json: {\"a\":0}", "merges.txt: a b c"], "merges.txt", "merge 1 is 'a b c'" },
        { ["vocab.json: {\"a\":0}", "merges.txt: ", "tokenizer_config.json: {\"tokenizer_class\":\"CLIPTokenizer\"}"], "tokenizer_config.json", "CLIPTokenizer" },
        { ["vocab.txt: a\nb"], "vocab.txt", "no token '[UNK]'" },
        { ["vocab.txt: "], "vocab.txt", "[UNK]" },
        { ["vocab.txt: a", "tokenizer_config.json: {\"tokenizer_class\":\"BertJapaneseTokenizer\"}"], "tokenizer_config.json", "BertJapaneseTokenizer" },
        { ["tokenizer.model: x"], "tokenizer.model", "SentencePiece" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Load_MalformedFiles_NamesFileAndProblem(string[] files, string culprit, string problem)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in files)
        {
            var colon = file.IndexOf(':', StringComparison.Ordinal);
            folder.With(file[..colon], file[(colon + 2)..]);
        }

        var error = Assert.Throws<TokenizerException>(() => TokenizerLoader.Load(folder.Path));

        Assert.Equal(Path.Combine(folder.Path, culprit).TrimEnd(Path.DirectorySeparatorChar), error.File);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(error.Remedy, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NotUtf8_SaysSo()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(Path.Combine(folder.Path, "vocab.txt"), [0x61, 0xFF, 0x62]);

        var error = Assert.Throws<TokenizerException>(() => TokenizerLoader.Load(folder.Path));

        Assert.Contains("UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NoFolder_SaysSo()
    {
        var error = Assert.Throws<TokenizerException>(() => TokenizerLoader.Load("/no/such/folder"));

        Assert.Equal("/no/such/folder", error.File);
    }

    [Fact]
    public void Load_SeveralFormats_TakesTokenizerJson()
    {
        using var folder = new TemporaryFolder().With("tokenizer.json", Bpe).With("vocab.txt", "x");

        Assert.Equal([2], TokenizerLoader.Load(folder.Path).Encode("ab"));
    }

    [Fact]
    public void Register_AnotherFormat_IsReadUntilTakenBack()
    {
        using var folder = new TemporaryFolder().With("pieces.model", "x");
        var known = TokenizerLoader.Load(TokenizerFixtures.Folder("gpt2_bpe"));

        using (TokenizerLoader.Register(new FixedSource(folder.Path, known)))
        {
            Assert.Same(known, TokenizerLoader.Load(folder.Path));
        }

        Assert.Throws<TokenizerException>(() => TokenizerLoader.Load(folder.Path));
    }

    private static string With(string name, string json) => Bpe[..^1] + $",\"{name}\":{json}}}";

    private sealed class FixedSource(string folder, ITokenizer tokenizer) : ITokenizerSource
    {
        public bool CanRead(string asked) => asked == folder;

        public ITokenizer Read(string asked, TokenizerOptions options) => tokenizer;
    }
}
