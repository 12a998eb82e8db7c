using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using Scalar = YamlDotNet.Core.Events.Scalar;

namespace Mend.Deploy.Tests;

/// <summary>The chart's values with the text above each: a comment that begins with `# --`.</summary>
internal sealed record ValuesDocument(IReadOnlyList<(string Path, string Default, string Text)> Keys)
{
    private static readonly string Source = Path.Combine(Chart.Folder, "values.yaml");

    /// <summary>Reads the file; keys in order of their names.</summary>
    public static ValuesDocument Read()
    {
        string[] lines = File.ReadAllLines(Source);
        List<(string, string, string)> keys = [];
        for (int i = 0; i < lines.Length; i++)
        {
            int mark = lines[i].IndexOf("# -- ", StringComparison.Ordinal);
            if (mark >= 0)
            {
                keys.Add((PathOf(lines, i + 1), Default(lines, i + 1), lines[i][(mark + 5)..]));
            }
        }

        return new ValuesDocument([.. keys.OrderBy(k => k.Item1, StringComparer.Ordinal)]);
    }

    /// <summary>The table of the chart's README.</summary>
    public string Table() => "| key | default | |\n| --- | --- | --- |\n" + string.Concat(Keys.Select(k => $"| `{k.Path}` | `{k.Default}` | {k.Text} |\n"));

    /// <summary>All keys whose value is no map with texts of its own, by the YAML alone.</summary>
    public static IReadOnlyList<string> Leaves()
    {
        HashSet<string> told = [.. Read().Keys.Select(k => k.Path)];
        using StringReader text = new(File.ReadAllText(Source));
        Parser parser = new(text);
        parser.Consume<StreamStart>();
        parser.Consume<DocumentStart>();
        List<string> found = [];
        Map(parser, "", told, found);
        return found;
    }

    private static void Map(Parser parser, string at, HashSet<string> told, List<string> found)
    {
        parser.Consume<MappingStart>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            string path = at + parser.Consume<Scalar>().Value;
            if (!told.Contains(path) && parser.Accept<MappingStart>(out MappingStart? map) && map.Style == MappingStyle.Block)
            {
                Map(parser, path + ".", told, found);
            }
            else
            {
                found.Add(path);
                parser.SkipThisAndNestedEvents();
            }
        }
    }

    private static string PathOf(string[] lines, int at)
    {
        List<string> names = [];
        for (int indent = int.MaxValue; at >= 0 && indent > 0; at--)
        {
            int here = lines[at].Length - lines[at].TrimStart().Length;
            if (lines[at].Trim() is { Length: > 0 } text && text[0] != '#' && here < indent)
            {
                names.Insert(0, text[..text.IndexOf(':', StringComparison.Ordinal)]);
                indent = here;
            }
        }

        return string.Join('.', names);
    }

    /// <summary>What stands behind the colon, or the lines below it in one.</summary>
    private static string Default(string[] lines, int at)
    {
        string value = lines[at][(lines[at].IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        int indent = lines[at].Length - lines[at].TrimStart().Length;
        return value.Length > 0 ? value
            : "{" + string.Join(", ", lines.Skip(at + 1).TakeWhile(l => l.Length - l.TrimStart().Length > indent && l.Trim().Length > 0).Select(l => l.Trim())) + "}";
    }
}
