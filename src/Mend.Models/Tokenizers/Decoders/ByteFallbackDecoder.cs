using System.Text;
using System.Text.Unicode;
using Mend.Models.Tokenizers.Subwords;

namespace Mend.Models.Tokenizers.Decoders;

/// <summary>Reads runs of byte tokens as UTF-8; a run that is not becomes one U+FFFD a byte.</summary>
internal sealed class ByteFallbackDecoder : IDecoder
{
    public IReadOnlyList<string> Decode(IReadOnlyList<string> tokens)
    {
        var output = new List<string>(tokens.Count);
        var run = new List<byte>();
        foreach (var token in tokens)
        {
            if (ByteTokens.TryParse(token, out var value))
            {
                run.Add(value);
            }
            else
            {
                Flush(run, output);
                output.Add(token);
            }
        }

        Flush(run, output);
        return output;
    }

    private static void Flush(List<byte> run, List<string> output)
    {
        if (run.Count > 0)
        {
            var bytes = run.ToArray();
            output.Add(Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : new string('\uFFFD', bytes.Length));
            run.Clear();
        }
    }
}
