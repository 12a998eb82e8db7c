using System.Text;

namespace Mend.Cli.Mutations;

/// <summary>Damage to files of edits: to a record, to the file, or to both.</summary>
internal static class RecordDamage
{
    public static byte[] Apply(byte[] content, Random random)
    {
        string text = Encoding.UTF8.GetString(content);
        if (random.Next(4) == 0 || text.TrimStart().StartsWith('['))
        {
            return JsonDamage.Apply(content, random);
        }

        string[] lines = text.Split('\n');
        int at = random.Next(Math.Min(2, lines.Length));
        return Encoding.UTF8.GetBytes(string.Join('\n', lines[..at].Append(Encoding.UTF8.GetString(JsonDamage.Apply(Encoding.UTF8.GetBytes(lines[at]), random))).Concat(lines[(at + 1)..])));
    }
}
