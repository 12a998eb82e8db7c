using System.Globalization;
using System.Text.RegularExpressions;
using Mend.Tensors;

namespace Mend.Models.Gguf;

/// <summary>Opens models that are split into several files: NAME-00001-of-00003.gguf and so on.</summary>
internal static partial class GgufSplit
{
    private const int MostFiles = 9999;

    /// <summary>The first file of the model that a file belongs to: the one with the metadata.</summary>
    /// <param name="path">The file.</param>
    public static string First(string path) =>
        Numbered().Match(path) is { Success: true } match && $"{match.Groups["stem"].Value}-00001-of-{match.Groups["count"].Value}.gguf" is var first && File.Exists(first)
            ? first
            : path;

    /// <summary>Opens a file and all others of its model, first to last; any of them may be named.</summary>
    /// <param name="path">The file.</param>
    /// <param name="files">Receives them as they are opened, also when a later one fails.</param>
    /// <exception cref="CheckpointException">One is missing, damaged or out of place.</exception>
    public static void Open(string path, List<GgufFile> files)
    {
        GgufFile named = GgufFile.Open(path);
        files.Add(named);
        long count = named.Metadata.Integer("split.count") ?? 1;
        if (count <= 1)
        {
            return;
        }

        Match match = Numbered().Match(path);
        if (!match.Success || count > MostFiles || int.Parse(match.Groups["count"].ValueSpan, CultureInfo.InvariantCulture) != count)
        {
            throw new CheckpointException($"'{path}' is one of {count} files of a model; they are found by names that end in -00001-of-{count:00000}.gguf. Give them their names back, or join them with llama.cpp's `llama-gguf-split --merge`.");
        }

        int own = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
        files.Clear();
        for (int number = 1; number <= count; number++)
        {
            string file = $"{match.Groups["stem"].Value}-{number:00000}-of-{count:00000}.gguf";
            if (number != own && !File.Exists(file))
            {
                named.Dispose();
                throw new CheckpointException($"'{path}' is one of {count} files of a model, and '{file}' does not exist. Download the missing file.");
            }

            GgufFile opened = number == own ? named : GgufFile.Open(file);
            files.Add(opened);
            if ((opened.Metadata.Integer("split.no"), opened.Metadata.Integer("split.count")) != (number - 1, count))
            {
                throw new CheckpointException($"'{file}' says that it is file {opened.Metadata.Integer("split.no") + 1} of {opened.Metadata.Integer("split.count")}; {number} of {count} is wanted. The files do not belong together: download them again.");
            }
        }
    }

    [GeneratedRegex(@"^(?<stem>.+)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})\.gguf$", RegexOptions.Singleline)]
    private static partial Regex Numbered();
}
