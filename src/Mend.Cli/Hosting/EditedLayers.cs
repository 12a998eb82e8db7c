using Mend.Editing;
using Mend.Models;

namespace Mend.Cli;

/// <summary>Which layers a command is about.</summary>
internal static class EditedLayers
{
    /// <summary>The layers that patterns name, or the recommended ones where there are no patterns.</summary>
    public static IReadOnlyList<string> Of(ModelArchitecture architecture, IReadOnlyList<string> patterns) =>
        patterns.Count > 0 ? architecture.ResolveEditedLayers(patterns) : RecommendedLayers.Of(architecture);
}
