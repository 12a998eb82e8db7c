namespace Mend.Sharding;

/// <summary>The model was opened without an editor: it can be read and reverted only.</summary>
public sealed class EditorMissingException : InvalidOperationException
{
    /// <summary>Creates the exception.</summary>
    public EditorMissingException()
        : base("The model was opened without an editor, so it cannot be edited; open it with an editor file, or train one with `mend train`.")
    {
    }
}
