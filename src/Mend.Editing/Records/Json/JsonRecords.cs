using System.IO.Compression;

namespace Mend.Editing;

/// <summary>Opens a file of JSON records, whichever way they are strung together.</summary>
internal static class JsonRecords
{
    private const string Wanted = "one JSON object a line, or one JSON array of objects, in UTF-8, is wanted";

    private static ReadOnlySpan<byte> Gzip => [0x1F, 0x8B];

    /// <summary>Opens a file and looks at its first bytes.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="EditRecordException">The file cannot be opened, is empty or is not JSON.</exception>
    public static IJsonRecords Open(string path) => Open(path, OpenFile(path));

    /// <summary>Looks at the first bytes of a stream.</summary>
    /// <param name="path">What to call it in messages.</param>
    /// <param name="stream">The stream; disposed of with the records.</param>
    /// <exception cref="EditRecordException">It is empty or is not JSON.</exception>
    public static IJsonRecords Open(string path, Stream stream)
    {
        RecordBuffer buffer = new(stream);
        try
        {
            return FirstByte(buffer) switch
            {
                (byte)'[' => new JsonArrayRecords(path, buffer),
                (byte)'{' => new JsonLineRecords(path, buffer),
                null => throw new EditRecordException(path, null, null, "the file is empty", Wanted),
                byte other => throw new EditRecordException(path, null, 1, $"the file starts with {Show(other)}, which is no JSON record", Wanted),
            };
        }
        catch (InvalidDataException e)
        {
            buffer.Dispose();
            throw new EditRecordException(path, null, null, $"the file is compressed and damaged ({e.Message})", "a whole file is wanted; fetch it again", e);
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>The file, unpacked when it is compressed, whatever its name.</summary>
    private static Stream OpenFile(string path)
    {
        try
        {
            FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            Span<byte> first = stackalloc byte[2];
            bool packed = file.CanSeek && file.ReadAtLeast(first, 2, throwOnEndOfStream: false) == 2 && first.SequenceEqual(Gzip);
            if (file.CanSeek)
            {
                file.Position = 0;
            }

            return packed ? new GZipStream(file, CompressionMode.Decompress) : file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EditRecordException(path, null, null, $"the file cannot be opened ({e.Message})", "name a file that may be read", e);
        }
    }

    /// <summary>The first byte that is neither white space nor a byte order mark, left unread; null in an empty file.</summary>
    private static byte? FirstByte(RecordBuffer buffer)
    {
        buffer.Fill();
        if (buffer.Unread.Span.StartsWith("\uFEFF"u8))
        {
            buffer.Advance(3);
        }

        // White space is only looked at, not used up: lines are counted from the file's start.
        int at = 0;
        while (true)
        {
            int next = buffer.Unread.Span[at..].IndexOfAnyExcept(" \t\r\n"u8);
            if (next >= 0)
            {
                return buffer.Unread.Span[at + next];
            }

            at = buffer.Unread.Length;
            if (buffer.AtEnd || !buffer.Fill())
            {
                return null;
            }
        }
    }

    private static string Show(byte value) => value is > 32 and < 127 ? $"'{(char)value}'" : $"byte 0x{value:X2}";
}
