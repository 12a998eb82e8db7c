using System.Text.Json;

namespace Mend.Editing;

/// <summary>JSON lines: one value a line; blank lines are passed over.</summary>
internal sealed class JsonLineRecords : IJsonRecords
{
    private readonly RecordBuffer _buffer;
    private int _used;

    public JsonLineRecords(string path, RecordBuffer buffer)
    {
        _buffer = buffer;
        Place = new RecordPlace(path, 0, 0);
    }

    public RecordPlace Place { get; private set; }

    public JsonDocument? Next()
    {
        while (NextLine() is { } line)
        {
            Place = Place with { Line = Place.Line + 1 };
            if (line.Span.IndexOfAnyExcept(" \t\r"u8) >= 0)
            {
                Place = Place with { Record = Place.Record + 1 };
                return Parse(line);
            }
        }

        return null;
    }

    public void Dispose() => _buffer.Dispose();

    private JsonDocument Parse(ReadOnlyMemory<byte> line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException e)
        {
            throw Place.Error(
                $"the line is not valid JSON (byte {e.BytePositionInLine}: {e.Message.Split(" LineNumber")[0].TrimEnd('.')})",
                "one whole JSON object a line is wanted; correct the line, or fetch the file again",
                e);
        }
    }

    /// <summary>The next line without its end, or null behind the last. It stays in the buffer until the next call.</summary>
    private ReadOnlyMemory<byte>? NextLine()
    {
        _buffer.Advance(_used);
        int searched = 0;
        while (true)
        {
            int end = _buffer.Unread.Span[searched..].IndexOf((byte)'\n');
            if (end >= 0)
            {
                _used = searched + end + 1;
                return _buffer.Unread[..(_used - 1)];
            }

            searched = _buffer.Unread.Length;
            if (_buffer.AtEnd)
            {
                _used = searched;

                // Not "?:": there null would become an empty memory, through the conversion from arrays.
                if (searched == 0)
                {
                    return null;
                }

                return _buffer.Unread;
            }

            if (!_buffer.Fill())
            {
                throw (Place with { Record = Place.Record + 1, Line = Place.Line + 1 }).Error(
                    $"the line is longer than {RecordBuffer.MaxRecordBytes} bytes", "one JSON object a line is wanted; check that the file is what you think");
            }
        }
    }
}
