using Mend.Editing;

namespace Mend.Cluster;

/// <summary>A draft that shards keep, named on the wire. See <see cref="KeptDraft"/>.</summary>
/// <param name="Name">The name.</param>
/// <param name="Strength">A factor on its steps.</param>
/// <param name="Shards">Shards that own a layer of it.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.draft")]
public sealed record WireDraft([property: Id(0)] string Name, [property: Id(1)] float Strength, [property: Id(2)] int[] Shards)
{
    /// <summary>Wraps a draft.</summary>
    /// <param name="draft">The draft.</param>
    public static WireDraft Of(KeptDraft draft) => new(draft.Name, draft.Strength, [.. draft.Shards]);

    /// <summary>The draft.</summary>
    public KeptDraft ToDraft() => new(Name, Strength, Shards);

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireDraft);
}
