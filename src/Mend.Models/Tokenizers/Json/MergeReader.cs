using System.Text.Json;
using Mend.Models.Tokenizers.Subwords.Bpe;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads BPE merges, from merges.txt or from tokenizer.json in either of its notations.</summary>
internal sealed class MergeReader
{
    private readonly Vocabulary _vocabulary;
    private readonly string _file;
    private readonly int _prefix;
    private readonly MergeTable _merges = new(capacity: 1 << 12);
    private int _rank;

    private MergeReader(Vocabulary vocabulary, string file, int prefix) =>
        (_vocabulary, _file, _prefix) = (vocabulary, file, prefix);

    /// <summary>Reads merges.txt: an optional "#version" line, then "left right" lines, best first.</summary>
    public static MergeTable ReadText(string path, Vocabulary vocabulary)
    {
        var reader = new MergeReader(vocabulary, path, prefix: 0);
        foreach (var line in TextFile.Lines(path).SkipWhile(line => line.StartsWith("#version", StringComparison.Ordinal)))
        {
            if (line.Length > 0)
            {
                reader.AddLine(line);
            }
        }

        return reader._merges;
    }

    /// <summary>Reads "merges" of tokenizer.json: a list of "left right" strings or of [left, right] pairs.</summary>
    /// <param name="merges">The list.</param>
    /// <param name="vocabulary">Knows all tokens of the merges.</param>
    /// <param name="prefix">Length of the continuing-subword prefix, which a right part loses when it joins.</param>
    public static MergeTable ReadJson(JsonPart merges, Vocabulary vocabulary, int prefix)
    {
        if (merges.Value.ValueKind != JsonValueKind.Array)
        {
            throw merges.Error($"'{merges.Path}' should be a list of merges, and is not.");
        }

        var reader = new MergeReader(vocabulary, merges.File, prefix);
        foreach (var merge in merges.Value.EnumerateArray())
        {
            if (merge.ValueKind == JsonValueKind.String)
            {
                reader.AddLine(merges.TextOf(merge));
            }
            else if (IsPair(merge))
            {
                reader.Add(merges.TextOf(merge[0]), merges.TextOf(merge[1]));
            }
            else
            {
                throw reader.Malformed(merge.GetRawText());
            }
        }

        return reader._merges;
    }

    private static bool IsPair(JsonElement merge) =>
        merge.ValueKind == JsonValueKind.Array && merge.GetArrayLength() == 2
        && merge.EnumerateArray().All(part => part.ValueKind == JsonValueKind.String);

    private void AddLine(string line)
    {
        var space = line.IndexOf(' ');
        if (space <= 0 || space == line.Length - 1 || line.IndexOf(' ', space + 1) >= 0)
        {
            throw Malformed(line);
        }

        Add(line[..space], line[(space + 1)..]);
    }

    private void Add(string left, string right)
    {
        var joined = right.Length >= _prefix ? left + right[_prefix..] : throw Malformed($"{left} {right}");
        _merges.Add(Id(left, left, right), Id(right, left, right), new Merge(_rank++, Id(joined, left, right)));
    }

    private int Id(string token, string left, string right) => _vocabulary.Id(token) ?? throw new TokenizerException(
        _file,
        $"merge {_rank + 1}, '{left} {right}', needs the token '{token}', which the vocabulary does not have.",
        "Vocabulary and merges must come from the same checkpoint: take both again.");

    private TokenizerException Malformed(string found) => new(
        _file,
        $"merge {_rank + 1} is '{found}'; two tokens with one space between them were expected.",
        "Take the file from the published checkpoint again.");
}
