using System.Text;

namespace Mend.Editing.Tests.Records;

/// <summary>A file of edits that a test writes; deleted when disposed.</summary>
internal sealed class RecordFile : IDisposable
{
    public RecordFile(string content)
        : this(new UTF8Encoding(false).GetBytes(content))
    {
    }

    public RecordFile(byte[] content)
    {
        Path = System.IO.Path.GetTempFileName();
        File.WriteAllBytes(Path, content);
    }

    public string Path { get; }

    public EditRecord[] Read(int? limit = null) => [.. EditRecordReader.Read(Path, limit)];

    public void Dispose() => File.Delete(Path);
}
