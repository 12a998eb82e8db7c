using System.Text.Json;

namespace Mend.Editing;

/// <summary>The JSON values of a file, one after another. One thread at a time.</summary>
internal interface IJsonRecords : IDisposable
{
    /// <summary>Where the last value stood; record 0 before the first.</summary>
    RecordPlace Place { get; }

    /// <summary>Reads on.</summary>
    /// <returns>The next value, valid until the next call and disposed by the caller; null at the end.</returns>
    /// <exception cref="EditRecordException">The file is not valid JSON here.</exception>
    JsonDocument? Next();
}
