using System.Text.Json;

namespace Mend.Editing;

/// <summary>The elements of one JSON array, each parsed when it is reached.</summary>
internal sealed class JsonArrayRecords : IJsonRecords
{
    private readonly RecordBuffer _buffer;
    private JsonReaderState _state;
    private long _lines = 1;

    public JsonArrayRecords(string path, RecordBuffer buffer)
    {
        _buffer = buffer;
        Place = new RecordPlace(path, 0, null);
    }

    public RecordPlace Place { get; private set; }

    public JsonDocument? Next()
    {
        while (true)
        {
            try
            {
                if (TryNext(out JsonDocument? document))
                {
                    return document;
                }
            }
            catch (JsonException e)
            {
                throw new EditRecordException(
                    Place.Path,
                    Place.Record + 1,
                    e.LineNumber + 1,
                    $"the array is not valid JSON here ({e.Message.Split(" LineNumber")[0].TrimEnd('.')})",
                    "one JSON array of objects is wanted; fetch the file again",
                    e);
            }

            if (!_buffer.Fill())
            {
                throw (Place with { Record = Place.Record + 1, Line = null }).Error(
                    $"the record is longer than {RecordBuffer.MaxRecordBytes} bytes", "an array of edits is wanted; check that the file is what you think");
            }
        }
    }

    public void Dispose() => _buffer.Dispose();

    /// <summary>Takes tokens from the buffer up to the next whole element or the end; false when the buffer must be filled first.</summary>
    private bool TryNext(out JsonDocument? document)
    {
        document = null;
        int used = 0;
        Utf8JsonReader reader = new(_buffer.Unread.Span, _buffer.AtEnd, _state);
        while (reader.Read())
        {
            if (!IsBracket(ref reader))
            {
                long line = _lines + _buffer.Unread.Span[..(checked((int)reader.TokenStartIndex) - used)].Count((byte)'\n');
                bool whole = JsonDocument.TryParseValue(ref reader, out document);
                if (whole)
                {
                    Keep(ref reader, ref used);
                    Place = Place with { Record = Place.Record + 1, Line = line };
                }

                return whole;
            }

            Keep(ref reader, ref used);
        }

        // With the whole file read, only the true end of the array comes here: the reader throws at any other.
        return _buffer.AtEnd;
    }

    private static bool IsBracket(ref Utf8JsonReader reader) =>
        reader is { CurrentDepth: 0, TokenType: JsonTokenType.StartArray or JsonTokenType.EndArray };

    private void Keep(ref Utf8JsonReader reader, ref int used)
    {
        int consumed = checked((int)reader.BytesConsumed);
        _lines += _buffer.Unread.Span[..(consumed - used)].Count((byte)'\n');
        _buffer.Advance(consumed - used);
        (used, _state) = (consumed, reader.CurrentState);
    }
}
