namespace Mend.Models.Tokenizers;

/// <summary>Names the <see cref="ITokenizerSource"/> of an assembly that <see cref="TokenizerLoader"/> finds at run time.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class TokenizerSourceAttribute : Attribute
{
    /// <summary>Names the source.</summary>
    /// <param name="type">A class that implements <see cref="ITokenizerSource"/> and has a public constructor without arguments.</param>
    public TokenizerSourceAttribute(Type type) => Type = type;

    /// <summary>The source's type.</summary>
    public Type Type { get; }
}
