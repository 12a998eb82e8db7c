using System.Globalization;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>
/// Where a command writes: results to stdout, as tables or as one JSON document; progress and remarks to stderr. Escape
/// sequences are written to terminals only, and never when NO_COLOR is set.
/// </summary>
internal sealed class CliOutput
{
    private const int RedirectedWidth = 160;

    private readonly CliHost _host;

    /// <summary>Creates the output of one command.</summary>
    /// <param name="host">The writers.</param>
    /// <param name="json">Whether a machine reads.</param>
    /// <param name="quiet">Whether progress and remarks are left out.</param>
    public CliOutput(CliHost host, bool json, bool quiet)
    {
        _host = host;
        IsJson = json;
        IsQuiet = quiet;
        Console = Create(host.Out, host.OutIsTerminal);
        ErrorConsole = Create(host.Error, host.ErrorIsTerminal);
    }

    /// <summary>Whether the result is one JSON document.</summary>
    public bool IsJson { get; }

    /// <summary>Whether progress and remarks are left out.</summary>
    public bool IsQuiet { get; }

    /// <summary>stdout for people.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>stderr for people.</summary>
    public IAnsiConsole ErrorConsole { get; }

    /// <summary>Whether a progress bar can be drawn.</summary>
    public bool CanDraw => _host.ErrorIsTerminal && !IsQuiet;

    /// <summary>Writes the result: the document for machines, or the lines for people.</summary>
    public void Result<T>(T document, Action<IAnsiConsole> human)
    {
        if (IsJson)
        {
            _host.Out.WriteLine(JsonOutput.Serialize(document));
        }
        else
        {
            human(Console);
        }

        _host.Out.Flush();
    }

    /// <summary>Writes plain text to stdout, as it is.</summary>
    public void Write(string text)
    {
        _host.Out.Write(text);
        _host.Out.Flush();
    }

    /// <summary>A remark on stderr.</summary>
    public void Remark(string text)
    {
        if (!IsQuiet)
        {
            _host.Error.WriteLine(text);
        }
    }

    /// <summary>A warning on stderr, also when quiet.</summary>
    public void Warn(string text) => _host.Error.WriteLine($"mend: warning: {text}");

    /// <summary>A table whose cells are plain text.</summary>
    public static Table Table(params string[] columns)
    {
        Table table = new Table().RoundedBorder().BorderColor(Color.Grey);
        foreach (string column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, new Style(decoration: Decoration.Bold))));
        }

        return table;
    }

    private IAnsiConsole Create(TextWriter writer, bool isTerminal)
    {
        bool colours = isTerminal && string.IsNullOrEmpty(_host.Environment("NO_COLOR"));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
            Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        });
        console.Profile.Capabilities.Unicode = true;
        if (int.TryParse(_host.Environment("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int columns) && columns >= 40)
        {
            console.Profile.Width = columns;
        }
        else if (!isTerminal)
        {
            console.Profile.Width = RedirectedWidth;
        }

        return console;
    }
}
