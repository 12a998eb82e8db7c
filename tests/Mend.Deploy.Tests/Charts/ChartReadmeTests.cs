namespace Mend.Deploy.Tests;

/// <summary>The README of the chart has a table of all values, made of the comments beside them.</summary>
public sealed class ChartReadmeTests
{
    private const string Begin = "<!-- values -->\n";
    private const string End = "<!-- /values -->";

    [Fact]
    public void Values_EveryKey_HasAText() => Assert.Equal(ValuesDocument.Leaves().Order(StringComparer.Ordinal), ValuesDocument.Read().Keys.Select(k => k.Path));

    /// <summary>MEND_WRITE_README=1 writes the table anew.</summary>
    [Fact]
    public void Readme_Table_IsThatOfTheValues()
    {
        string file = Path.Combine(Chart.Folder, "README.md");
        string text = File.ReadAllText(file);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = text.IndexOf(End, StringComparison.Ordinal);
        string table = ValuesDocument.Read().Table();
        if (Environment.GetEnvironmentVariable("MEND_WRITE_README") == "1")
        {
            File.WriteAllText(file, text[..begin] + table + text[end..]);
            return;
        }

        Assert.Equal(table, text[begin..end]);
    }
}
