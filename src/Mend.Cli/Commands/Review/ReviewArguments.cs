using System.CommandLine;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>What the commands about proposals have in common: which model, and where its proposals are. A fresh one per command.</summary>
internal sealed class ReviewArguments
{
    private readonly ModelSource _model = new();
    private readonly Option<string?> _editor = Options.Editor();
    private readonly Option<string?> _ledger = Options.Ledger();
    private readonly Option<int> _shards = Options.Shards();
    private readonly EngineOptions _engine = new();

    /// <summary>The number of a proposal.</summary>
    public static Argument<long> Number()
    {
        Argument<long> id = new("proposal") { Description = "The proposal's number; see `mend proposals`." };
        id.CustomParser = result => Parse(result.Tokens[0].Value, result.AddError) ?? 0;
        return id;
    }

    /// <summary>The number of a proposal, or nothing.</summary>
    public static Argument<long?> OptionalNumber()
    {
        Argument<long?> id = new("proposal") { Description = "The number of one proposal, to see what it would do. Default: a list.", Arity = ArgumentArity.ZeroOrOne };
        id.CustomParser = result => Parse(result.Tokens[0].Value, result.AddError);
        return id;
    }

    public Option<bool> Json { get; } = Options.Json();

    public Option<bool> Quiet { get; } = Options.Quiet();

    /// <summary>Adds everything to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="computes">Whether it edits.</param>
    public void AddTo(Command command, bool computes)
    {
        _model.AddTo(command);
        command.Add(_ledger);
        if (computes)
        {
            command.Add(_editor);
            command.Add(_shards);
            _engine.AddTo(command);
        }

        command.Add(Json);
        command.Add(Quiet);
    }

    /// <summary>Opens the model with the ledger that there must be, and does something at its desk.</summary>
    /// <param name="host">Its clock.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="computes">Whether the editor is needed.</param>
    /// <param name="work">What to do; told where the ledger is.</param>
    /// <param name="cancellationToken">Stops opening.</param>
    public async Task<int> RunAsync(CliHost host, ParseResult parsed, bool computes, Func<IEditableModel, ReviewDesk, string?, Task> work, CancellationToken cancellationToken)
    {
        string? folder = _model.Folder(parsed);
        string where = folder is null ? _model.Where(parsed) : LedgerLocation.Require(host, folder, parsed.GetValue(_ledger));
        await using IEditableModel model = folder is null ? await _model.ConnectAsync(parsed, cancellationToken)
            : computes ? await ModelOpening.OpenAsync(
                host, folder, EditorLocation.Require(folder, parsed.GetValue(_editor)), where, parsed.GetValue(_shards), _engine.Get(parsed), cancellationToken)
            : await ModelOpening.OpenAsync(host, folder, null, where, 1, new EngineChoice(), cancellationToken);
        using ReviewDesk desk = new(model, host.Time);
        await work(model, desk, LedgerLocation.Show(folder, where));
        return ExitCode.Ok;
    }

    private static long? Parse(string text, Action<string> error)
    {
        if (long.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long number) && number > 0)
        {
            return number;
        }

        error($"'{text}' is no proposal; proposals have whole numbers from 1, see `mend proposals`.");
        return null;
    }
}
