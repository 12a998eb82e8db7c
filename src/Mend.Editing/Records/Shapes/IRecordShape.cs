namespace Mend.Editing;

/// <summary>One published format of edit records.</summary>
internal interface IRecordShape
{
    /// <summary>The fields that it is recognised by, for messages.</summary>
    string Fields { get; }

    /// <summary>Whether a record looks like this format.</summary>
    /// <param name="record">The first record of a file.</param>
    bool Matches(RecordFields record);

    /// <summary>Reads a record.</summary>
    /// <param name="record">A record of the file.</param>
    /// <returns>Its edits, mostly one; none when the format allows that the record holds none.</returns>
    /// <exception cref="EditRecordException">A field is missing or of the wrong type.</exception>
    IReadOnlyList<EditDraft> Read(RecordFields record);
}
