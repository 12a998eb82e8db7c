namespace Mend.Editing;

/// <summary>Where in a file a record stands, for messages.</summary>
/// <param name="Path">The file.</param>
/// <param name="Record">Its number, from 1.</param>
/// <param name="Line">Its line, from 1, or null where records do not stand on lines.</param>
internal readonly record struct RecordPlace(string Path, long Record, long? Line)
{
    /// <summary>An error at this place.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="wanted">What is wanted and what to do.</param>
    /// <param name="inner">The cause.</param>
    public EditRecordException Error(string found, string wanted, Exception? inner = null) => new(Path, Record, Line, found, wanted, inner);
}
