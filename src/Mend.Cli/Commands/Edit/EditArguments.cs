using System.CommandLine;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>What becomes of edits that a command is given.</summary>
internal enum EditUse
{
    Preview,
    Propose,
    Commit,
}

/// <summary>What `mend edit`, `mend propose` and `mend preview` have in common: which edits, on which model, looked at how.</summary>
internal sealed class EditArguments
{
    private readonly Argument<string?> _prompt = new("prompt") { Description = "The prompt whose answer is wrong.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Argument<string?> _target = new("target") { Description = "The right answer.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _edits = new("--edits") { Description = "Edits from a file instead (JSON lines or a JSON array), as one version: all of them or none.", HelpName = "FILE" };
    private readonly Option<int?> _limit = Options.OptionalNumber("--limit", "Only the first N edits of the file.", 1);
    private readonly Option<string[]> _also = new("--also") { Description = "Another prompt to show before and after; may be repeated.", HelpName = "PROMPT" };
    private readonly Option<string?> _subject = new("--subject") { Description = "What the prompt is about, as it stands in it. Default: found from the gradient.", HelpName = "TEXT" };
    private readonly Option<string[]> _rephrases = new("--rephrase") { Description = "Another wording that shall get the same answer; may be repeated.", HelpName = "TEXT" };
    private readonly Option<bool> _force = new("--force") { Description = "Commit edits even if a look at them before says that they do not do what they should." };
    private readonly Option<double?> _canary = Options.Canary();
    private readonly Option<string?> _key = Options.Key();
    private readonly OriginOptions _origin = new();

    public ModelSource Model { get; } = new();

    public ChatOptions Chat { get; } = new();

    public Option<string?> Editor { get; } = Options.Editor();

    public Option<string?> Ledger { get; } = Options.Ledger();

    public Option<int> Shards { get; } = Options.Shards();

    public EngineOptions Engine { get; } = new();

    public Option<bool> Json { get; } = Options.Json();

    public Option<bool> Quiet { get; } = Options.Quiet();

    /// <summary>Adds everything to a command.</summary>
    public void AddTo(Command command, EditUse use)
    {
        command.Add(_prompt);
        command.Add(_target);
        Model.AddTo(command);
        Chat.AddTo(command);
        foreach (Option option in new Option[] { Editor, Ledger, _subject, _rephrases, _edits, _limit, _also })
        {
            command.Add(option);
        }

        if (use != EditUse.Preview)
        {
            command.Add(_key);
            _origin.AddTo(command);
        }

        if (use == EditUse.Commit)
        {
            command.Add(_force);
            command.Add(_canary);
        }

        Engine.AddTo(command);
        foreach (Option option in new Option[] { Shards, Json, Quiet })
        {
            command.Add(option);
        }
    }

    /// <summary>The key of the edits that are asked for.</summary>
    public RequestKey KeyOf(CliHost host, ParseResult parsed) => new(host, parsed.GetValue(_key));

    /// <summary>The key that the user gave, or null.</summary>
    public string? GivenKey(ParseResult parsed) => parsed.GetValue(_key);

    /// <summary>The share of requests that the version is tried on; null for a version that all read.</summary>
    public double? CanaryOf(ParseResult parsed) => parsed.GetValue(_canary);

    /// <summary>Who asks for the edits and why.</summary>
    public EditOrigin? OriginOf(ParseResult parsed) => _origin.Get(parsed);

    /// <summary>The edits that are asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="key">Their key; null where they are not committed.</param>
    public IReadOnlyList<EditRequest> Requests(ParseResult parsed, string? key = null)
    {
        string? prompt = parsed.GetValue(_prompt), target = parsed.GetValue(_target), file = parsed.GetValue(_edits);
        EditOrigin? origin = _origin.Get(parsed);
        if (file is not null && prompt is null)
        {
            return [.. EditRecordReader.Read(file, parsed.GetValue(_limit))
                .Select((r, i) => new EditRequest(r.Prompt, r.Target, key is null ? null : $"{key}/{i}") { Subject = r.Subject, Force = Forced(parsed), Origin = origin })];
        }

        return file is null && prompt is not null && target is not null
            ? [new EditRequest(prompt, target, key) { Subject = parsed.GetValue(_subject), Rephrases = parsed.GetValue(_rephrases) ?? [], Force = Forced(parsed), Origin = origin }]
            : throw new CliException(
                ExitCode.Usage, $"Give a prompt and its right answer, each as one argument in quotes, or --edits FILE. See `mend {parsed.CommandResult.Command.Name} --help`.");
    }

    private bool Forced(ParseResult parsed) => parsed.GetResult(_force) is not null && parsed.GetValue(_force);

    /// <summary>Opens the model with its editor, or connects to the cluster.</summary>
    /// <param name="host">Its clock.</param>
    /// <param name="parsed">The command line.</param>
    /// <param name="folder">The model folder, or null for the cluster.</param>
    /// <param name="ledger">The folder's ledger; null keeps versions in memory.</param>
    /// <param name="cancellationToken">Stops between shards.</param>
    public async Task<IEditableModel> OpenAsync(CliHost host, ParseResult parsed, string? folder, string? ledger, CancellationToken cancellationToken) => folder is null
        ? await Model.ConnectAsync(parsed, cancellationToken)
        : await ModelOpening.OpenAsync(
            host, folder, EditorLocation.Require(folder, parsed.GetValue(Editor)), ledger, parsed.GetValue(Shards), Engine.Get(parsed), cancellationToken);

    /// <summary>The prompts to show.</summary>
    public IReadOnlyList<Probe> Probes(ParseResult parsed, IReadOnlyList<EditRequest> requests) =>
        [.. requests.Select(r => new Probe("edit", r.Prompt, r.Target)), .. (parsed.GetValue(_also) ?? []).Select(p => new Probe("also", p, null))];
}
