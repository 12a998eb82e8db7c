namespace Mend.Sharding.Tests.Embedded;

/// <summary>One folder with an editor of the joint method for all tests of a class.</summary>
public sealed class JointFolder : IDisposable
{
    public EditableFolder Folder { get; } = EditableFolder.Joint();

    public void Dispose() => Folder.Dispose();
}
