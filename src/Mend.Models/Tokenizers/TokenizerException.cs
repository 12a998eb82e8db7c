namespace Mend.Models.Tokenizers;

/// <summary>A tokenizer file is missing, malformed, or asks for something that is not supported.</summary>
public sealed class TokenizerException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="file">Path of the file or folder at fault.</param>
    /// <param name="problem">What was found and what was wanted.</param>
    /// <param name="remedy">What to do about it.</param>
    /// <param name="inner">The cause, if there is one.</param>
    public TokenizerException(string file, string problem, string remedy, Exception? inner = null)
        : base($"'{file}': {problem} {remedy}", inner)
    {
        File = file;
        Remedy = remedy;
    }

    /// <summary>Path of the file or folder at fault.</summary>
    public string File { get; }

    /// <summary>What to do about it.</summary>
    public string Remedy { get; }
}
