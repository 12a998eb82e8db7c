using Mend.Editing;

namespace Mend.Sharding;

/// <summary>Which way of drafting goes with an editor.</summary>
public static class EditDrafters
{
    /// <summary>The way of an editor.</summary>
    /// <param name="runner">The chain.</param>
    /// <param name="editor">The editor.</param>
    /// <param name="encoder">Turns requests into model inputs.</param>
    /// <param name="name">Which editor the shards shall use; null where they have but one.</param>
    public static IEditDrafter Of(ShardRunner runner, IEditor editor, ExampleEncoder encoder, EditorReference? name = null) => editor.Joint is null
        ? new EditorDrafts(runner, editor, encoder, name)
        : new JointDrafts(runner, editor, encoder, name);
}
