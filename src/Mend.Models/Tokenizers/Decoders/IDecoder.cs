namespace Mend.Models.Tokenizers.Decoders;

/// <summary>One step on the way from tokens to text: the joined output of the last step is the text. Thread-safe.</summary>
internal interface IDecoder
{
    IReadOnlyList<string> Decode(IReadOnlyList<string> tokens);
}
