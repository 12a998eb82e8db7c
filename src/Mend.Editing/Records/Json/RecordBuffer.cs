namespace Mend.Editing;

/// <summary>A window on a file that slides over its records, growing to hold one whole record. One thread at a time.</summary>
internal sealed class RecordBuffer : IDisposable
{
    /// <summary>Greatest size of one record: a damaged file must not be loaded whole in search of a record's end.</summary>
    public const int MaxRecordBytes = 16 << 20;

    private readonly Stream _stream;
    private byte[] _bytes = new byte[64 << 10];
    private int _start;
    private int _end;

    public RecordBuffer(Stream stream) => _stream = stream;

    /// <summary>Whether the file has been read to its end.</summary>
    public bool AtEnd { get; private set; }

    /// <summary>What has been read and not yet used; valid until the next <see cref="Fill"/>.</summary>
    public ReadOnlyMemory<byte> Unread => _bytes.AsMemory(_start, _end - _start);

    /// <summary>Marks bytes as used.</summary>
    /// <param name="count">At most the length of <see cref="Unread"/>.</param>
    public void Advance(int count) => _start += count;

    /// <summary>Reads more behind what is unread, or finds the end.</summary>
    /// <returns>False when a record would pass <see cref="MaxRecordBytes"/>.</returns>
    public bool Fill()
    {
        int unread = _end - _start;
        if (unread >= MaxRecordBytes)
        {
            return false;
        }

        byte[] target = unread > _bytes.Length / 2 ? new byte[_bytes.Length * 2] : _bytes;
        Unread.CopyTo(target);
        (_bytes, _start, _end) = (target, 0, unread);
        int read = _stream.Read(_bytes, _end, _bytes.Length - _end);
        _end += read;
        AtEnd = read == 0;
        return true;
    }

    public void Dispose() => _stream.Dispose();
}
