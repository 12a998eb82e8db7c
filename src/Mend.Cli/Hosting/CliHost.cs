using Mend.Ledger;

namespace Mend.Cli;

/// <summary>What the command has of the world around it; tests give it another.</summary>
internal sealed record CliHost
{
    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Progress and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>What a conversation reads.</summary>
    public TextReader In { get; init; } = TextReader.Null;

    /// <summary>Whether a person types into <see cref="In"/>.</summary>
    public bool InIsTerminal { get; init; }

    /// <summary>Ctrl-C.</summary>
    public Interrupts Interrupts { get; } = new();

    /// <summary>Whether a person reads <see cref="Out"/>.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether a person reads <see cref="Error"/>.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>An environment variable, or null.</summary>
    public Func<string, string?> Environment { get; init; } = _ => null;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Every ledger store that a command opens, as the command sees it.</summary>
    public Func<ILedgerStore, ILedgerStore> LedgerAs { get; init; } = store => store;

    /// <summary>The demo's model, data and editor, which ship with the command.</summary>
    public string DemoFolder { get; init; } = Path.Combine(AppContext.BaseDirectory, "Demo");

    /// <summary>The process's own console.</summary>
    public static CliHost ForProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        In = Console.In,
        InIsTerminal = !Console.IsInputRedirected,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Environment = System.Environment.GetEnvironmentVariable,
    };
}
