using Mend.Models.Tokenizers.PostProcessors;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads "post_processor" of tokenizer.json.</summary>
internal static class PostProcessorReader
{
    private const string Supported = "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel and Sequence";

    public static IPostProcessor? Read(JsonPart part) => part.Type switch
    {
        // Trims the offsets of tokens, which we do not keep.
        "ByteLevel" => null,
        "TemplateProcessing" => ReadTemplate(part),
        "BertProcessing" => Templates.Bert(TokenId(part, "cls"), TokenId(part, "sep")),
        "RobertaProcessing" => Templates.Roberta(TokenId(part, "cls"), TokenId(part, "sep")),
        "Sequence" => ReadSequence(part),
        _ => throw part.Unsupported("post-processor", Supported),
    };

    private static IPostProcessor? ReadSequence(JsonPart part)
    {
        var steps = part.Items("processors").Select(Read).OfType<IPostProcessor>().ToArray();
        return steps.Length > 1
            ? throw part.Error($"'{part.Path}' has {steps.Length} post-processors that add tokens; one at most was expected.")
            : steps.FirstOrDefault();
    }

    private static int TokenId(JsonPart part, string name) =>
        part.Items(name) is [_, var id] ? id.AsInt() : throw part.Error($"'{part.Path}.{name}' is not a pair [token, id].");

    private static TemplatePostProcessor ReadTemplate(JsonPart part)
    {
        var special = part.Optional("special_tokens");
        return new TemplatePostProcessor(
            part.Items("single").Select(piece => ReadPiece(piece, special)),
            part.Items("pair").Select(piece => ReadPiece(piece, special)));
    }

    private static TemplatePart ReadPiece(JsonPart piece, JsonPart? special)
    {
        if (piece.Optional("Sequence") is { } sequence)
        {
            return new TemplatePart(sequence.String("id") == "A" ? 0 : 1, [], sequence.Int("type_id"));
        }

        var token = piece.Required("SpecialToken");
        var name = token.String("id");
        var known = special?.Optional(name) ?? throw token.Error($"'{token.Path}' names '{name}', which special_tokens does not list.");
        return new TemplatePart(null, [.. known.Items("ids").Select(id => id.AsInt())], token.Int("type_id"));
    }
}
