namespace Mend.Editing;

/// <summary>Names an editor, so that all who draft one edit use the same.</summary>
/// <param name="Digest">SHA-256 of its file, 64 hexadecimal digits.</param>
/// <param name="File">Where the file is, for those who have not read it yet.</param>
public sealed record EditorReference(string Digest, string File);
