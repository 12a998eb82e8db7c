using Mend.Models.Tokenizers;
using Mend.Models.Tokenizers.Json;
using Mend.Models.Tokenizers.Sources;
using Mend.Tensors;

namespace Mend.Models.Gguf;

/// <summary>Reads the tokenizer in a GGUF file, by way of the tokenizer.json that it amounts to.</summary>
internal sealed class GgufTokenizerSource : ITokenizerSource
{
    public bool CanRead(string folder) => GgufFile.Is(folder);

    public ITokenizer Read(string folder, TokenizerOptions options)
    {
        using GgufFile file = GgufFile.Open(GgufSplit.First(folder));
        GgufTokenizer tokenizer = GgufTokenizer.Read(file);
        using JsonFile config = JsonFile.Parse(tokenizer.ConfigJson(), folder);
        using JsonFile json = JsonFile.Parse(tokenizer.Json(), folder);
        return TokenizerJsonSource.Assemble(json.Root, TokenizerConfig.Read(config.Root, map: null, addedTokens: null), options);
    }
}
