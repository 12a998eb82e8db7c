using System.Diagnostics.CodeAnalysis;
using Mend.Editing;

namespace Mend.Cluster;

/// <summary>Names an editor. See <see cref="EditorReference"/>.</summary>
/// <param name="Digest">SHA-256 of its file.</param>
/// <param name="File">Its name in the silos' folder of editors.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.editor")]
public sealed record WireEditor([property: Id(0)] string Digest, [property: Id(1)] string File)
{
    /// <summary>Wraps a reference; null stays null.</summary>
    /// <param name="reference">The reference.</param>
    [return: NotNullIfNotNull(nameof(reference))]
    public static WireEditor? Of(EditorReference? reference) => reference is null ? null : new WireEditor(reference.Digest, reference.File);

    /// <summary>The reference.</summary>
    public EditorReference ToReference() => new(Digest, File);

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireEditor);
}
