namespace Mend.Models.Tokenizers.PreTokenizers;

/// <summary>Which pieces of a text get a word-start sign written before them.</summary>
internal enum PrependScheme
{
    /// <summary>All, also those after an added token.</summary>
    Always,

    /// <summary>The one with which the input begins.</summary>
    First,

    /// <summary>None.</summary>
    Never,
}
