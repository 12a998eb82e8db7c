namespace Mend.Models.Tokenizers;

/// <summary>
/// Reads tokenizers of one file format. Register an implementation with <see cref="TokenizerLoader.Register"/> to add a
/// format.
/// </summary>
public interface ITokenizerSource
{
    /// <summary>Whether the folder holds the files of this format. Looks at file names only; throws nothing.</summary>
    /// <param name="folder">An existing folder or GGUF file.</param>
    bool CanRead(string folder);

    /// <summary>Reads the tokenizer.</summary>
    /// <param name="folder">A folder for which <see cref="CanRead"/> is true.</param>
    /// <param name="options">Choices that the files leave open.</param>
    /// <returns>A tokenizer that needs the files no longer.</returns>
    /// <exception cref="TokenizerException">A file is malformed or asks for something unsupported.</exception>
    ITokenizer Read(string folder, TokenizerOptions options);
}
