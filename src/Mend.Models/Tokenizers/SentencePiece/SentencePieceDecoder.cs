using Mend.Models.Tokenizers.SentencePiece.Model;
using Mend.Models.Tokenizers.Decoders;

namespace Mend.Models.Tokenizers.SentencePiece;

/// <summary>From pieces back to text: "▁" becomes a space, byte pieces become their text.</summary>
internal static class SentencePieceDecoder
{
    /// <param name="file">The model.</param>
    /// <param name="trims">Whether white space at the ends is dropped; otherwise just the space that encoding puts there.</param>
    public static IDecoder Create(ModelFile file, bool trims)
    {
        List<IDecoder> steps = [new MetaspaceDecoder("▁", prepended: false)];
        if (file.ByteFallback)
        {
            steps.Add(new ByteFallbackDecoder());
        }

        if (trims)
        {
            steps.Add(new TrimDecoder());
        }
        else if (file.AddsPrefix)
        {
            steps.AddRange([new FuseDecoder(), new StripDecoder(" ", 1, 0)]);
        }

        return new SequenceDecoder(steps);
    }
}
