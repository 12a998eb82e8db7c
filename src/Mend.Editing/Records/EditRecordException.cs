namespace Mend.Editing;

/// <summary>A file of edits cannot be read, or one of its records is not what its format promises.</summary>
public sealed class EditRecordException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file.</param>
    /// <param name="record">Number of the record in the file, from 1; null when no single record is to blame.</param>
    /// <param name="line">Number of the line, from 1; null when it is not known.</param>
    /// <param name="found">What was found, as a clause.</param>
    /// <param name="wanted">What is wanted and what to do, as a clause.</param>
    /// <param name="inner">The cause, or null.</param>
    public EditRecordException(string path, long? record, long? line, string found, string wanted, Exception? inner = null)
        : base($"'{path}'{Place(record, line)}: {found}; {wanted}.", inner)
    {
        Path = path;
        Record = record;
        Line = line;
        Found = found;
        Wanted = wanted;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Number of the record in the file, from 1; null when no single record is to blame.</summary>
    public long? Record { get; }

    /// <summary>Number of the line, from 1; null when it is not known.</summary>
    public long? Line { get; }

    /// <summary>What was found.</summary>
    public string Found { get; }

    /// <summary>What is wanted and what to do.</summary>
    public string Wanted { get; }

    private static string Place(long? record, long? line) => (record, line) switch
    {
        (null, null) => "",
        (null, _) => $", line {line}",
        (_, null) => $", record {record}",
        _ => $", record {record} (line {line})",
    };
}
