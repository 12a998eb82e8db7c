namespace Mend.Models.Tokenizers;

/// <summary>Which token plays which role. Null: no token does.</summary>
internal sealed record SpecialTokens
{
    public string? Bos { get; init; }

    public string? Eos { get; init; }

    public string? Pad { get; init; }

    public string? Unk { get; init; }

    public string? Cls { get; init; }

    public string? Sep { get; init; }

    public string? Mask { get; init; }

    /// <summary>The tokens of all roles, each once.</summary>
    public IEnumerable<string> All => new[] { Bos, Eos, Pad, Unk, Cls, Sep, Mask }.OfType<string>().Distinct();
}
