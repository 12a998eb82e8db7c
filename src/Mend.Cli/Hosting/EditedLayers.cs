using Mend.Editing;
using Mend.Models;

namespace Mend.Cli;

/// <summary>Which layers a command is about.</summary>
internal static class EditedLayers
{
    /// <summary>The layers that patterns name; where there are none, the recommended ones, or the authors' for an editor as theirs is.</summary>
    public static IReadOnlyList<string> Of(ModelArchitecture architecture, IReadOnlyList<string> patterns, EditorOptions editor) =>
        patterns.Count > 0 ? architecture.ResolveEditedLayers(patterns)
        : editor.Whitening > 0 ? RecommendedLayers.Of(architecture) : architecture.DefaultEditedLayers;
}
