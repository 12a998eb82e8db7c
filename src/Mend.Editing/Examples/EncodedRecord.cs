namespace Mend.Editing;

/// <summary>An edit record as token ids.</summary>
/// <param name="Edit">The prompt with the wanted answer.</param>
/// <param name="Rephrases">The rephrases with the same answer.</param>
/// <param name="Unrelated">The unrelated prompts with theirs.</param>
public sealed record EncodedRecord(EncodedExample Edit, IReadOnlyList<EncodedExample> Rephrases, IReadOnlyList<EncodedExample> Unrelated)
{
    /// <summary>Encodes a record.</summary>
    /// <param name="encoder">The model's encoder.</param>
    /// <param name="record">The record.</param>
    /// <exception cref="EditRequestException">A prompt or an answer cannot be used; the message names the record.</exception>
    public static EncodedRecord Of(ExampleEncoder encoder, EditRecord record)
    {
        try
        {
            return new EncodedRecord(
                encoder.Encode(record.Prompt, record.Target),
                [.. record.Rephrases.Select(text => encoder.Encode(text, record.Target))],
                [.. record.Locality.Select(l => encoder.Encode(l.Text, l.Target))]);
        }
        catch (EditRequestException e)
        {
            throw new EditRequestException($"Record '{record.Id}' cannot be used: {e.Message}");
        }
    }
}
