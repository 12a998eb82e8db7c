using System.Collections.Immutable;
using Mend.Models.Gguf;
using Mend.Models.Tokenizers.SentencePiece;
using Mend.Models.Tokenizers.Sources;
using Mend.Tensors;

namespace Mend.Models.Tokenizers;

/// <summary>
/// Loads the tokenizer of a checkpoint folder: from tokenizer.json, else vocab.json and merges.txt (byte-level BPE), else
/// vocab.txt (WordPiece), else a SentencePiece model, else whatever a registered source can read; or that of a GGUF file. Thread-safe.
/// </summary>
public static class TokenizerLoader
{
    private static readonly ITokenizerSource[] BuiltIn =
        [new GgufTokenizerSource(), new TokenizerJsonSource(), new ByteLevelBpeSource(), new WordPieceSource(), new SentencePieceSource()];

    private static ImmutableList<ITokenizerSource> _registered = [];

    /// <summary>Loads the tokenizer of a checkpoint.</summary>
    /// <param name="folder">The checkpoint's folder, or a GGUF file.</param>
    /// <param name="options">Choices that the files leave open; null for the defaults.</param>
    /// <exception cref="TokenizerException">
    /// The folder does not exist, holds no tokenizer that can be read, or a file in it is malformed.
    /// </exception>
    public static ITokenizer Load(string folder, TokenizerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (!Directory.Exists(folder) && !GgufFile.Is(folder))
        {
            throw new TokenizerException(folder, "this folder does not exist.", "Give the path of a checkpoint folder or a GGUF file.");
        }

        var source = BuiltIn.Concat(_registered).FirstOrDefault(s => s.CanRead(folder)) ?? throw NoSource(folder);
        return source.Read(folder, options ?? new TokenizerOptions());
    }

    /// <summary>Adds a format, asked after the built-in ones and after those registered before.</summary>
    /// <param name="source">Reads the format; must be thread-safe.</param>
    /// <returns>Takes the registration back when disposed.</returns>
    public static IDisposable Register(ITokenizerSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        ImmutableInterlocked.Update(ref _registered, list => list.Add(source));
        return new Registration(source);
    }

    private static TokenizerException NoSource(string folder)
    {
        var sentencePiece = Directory.EnumerateFiles(folder, "*.model").Order(StringComparer.Ordinal).FirstOrDefault();
        if (sentencePiece is not null)
        {
            return new TokenizerException(
                sentencePiece,
                "no reader knows a file of this name; spiece.model, tokenizer.model and sentencepiece.bpe.model are known.",
                "Give it the name that the published checkpoint has it under, or put the checkpoint's tokenizer.json beside it.");
        }

        var found = Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal).Take(10).ToArray();
        return new TokenizerException(
            folder,
            "no tokenizer was found: wanted tokenizer.json, or vocab.json and merges.txt, or vocab.txt; found "
                + (found.Length == 0 ? "no files." : string.Join(", ", found) + "."),
            "Copy the tokenizer files of the checkpoint into this folder.");
    }

    private sealed class Registration(ITokenizerSource source) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref _registered, list => list.Remove(source));
    }
}
