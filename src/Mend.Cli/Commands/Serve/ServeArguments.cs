using System.CommandLine;
using Mend.Gateway;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>What `mend serve` is told.</summary>
internal sealed class ServeArguments
{
    private const string DemoName = "demo";
    private const string KeysVariable = "MEND_KEYS";

    private readonly Option<bool> _demo = new("--demo") { Description = "Serve the small model that ships with mend. Its versions are kept in memory unless --ledger says where." };
    private readonly ModelSource _model = new();
    private readonly ChatOptions _chat = new(always: true);
    private readonly Option<string?> _editor = Options.Editor();
    private readonly Option<string?> _ledger = Options.Ledger();

    private readonly Option<string?> _urls = new("--urls")
    {
        Description = $"Where to listen, as ASP.NET Core takes it; several with semicolons between them. Default: {GatewayOptions.DefaultUrl}.",
        HelpName = "URLS",
    };

    private readonly Option<string?> _name = new("--name") { Description = "The model's name for clients. Default: the name of its folder or file.", HelpName = "NAME" };
    private readonly Option<bool> _anonymous = new("--allow-anonymous") { Description = "Ask nobody for a key, also where other machines reach the server." };
    private readonly Option<string?> _keys = new("--keys")
    {
        Description = $"Keys that are asked for, a line each, as `mend key` makes them; {KeysVariable} holds such lines too. Default: nobody is asked.",
        HelpName = "FILE",
    };

    private readonly Option<Uri?> _authority = new("--jwt-authority") { Description = "Take the tokens of this OpenID Connect issuer too, with mend.read, mend.propose, mend.edit, mend.approve or mend.admin among their scopes.", HelpName = "URL" };
    private readonly Option<string?> _audience = new("--jwt-audience") { Description = "What such tokens must be for.", HelpName = "TEXT" };
    private readonly Option<string[]> _cors = new("--cors") { Description = "A site whose pages may use the server from a browser; may be repeated.", HelpName = "ORIGIN" };
    private readonly Option<int?> _rate = Options.OptionalNumber("--rate-limit", "Requests that are taken from each caller in a minute. Default: any number.", 1);
    private readonly Option<Uri?> _otlp = new("--otlp") { Description = "OTLP endpoint for traces and metrics. Default: OTEL_EXPORTER_OTLP_ENDPOINT, and without that only /metrics.", HelpName = "URL" };
    private readonly Option<int> _shards = Options.Shards();
    private readonly EngineOptions _engines = new();

    public Option<bool> Json { get; } = Options.Json();

    public Option<bool> Quiet { get; } = Options.Quiet();

    /// <summary>Adds everything to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_demo);
        _model.AddTo(command);
        foreach (Option option in new Option[] { _editor, _ledger, _urls, _name, _anonymous, _keys, _authority, _audience, _cors, _rate, _otlp })
        {
            command.Add(option);
        }

        _chat.AddTo(command);
        _engines.AddTo(command);
        foreach (Option option in new Option[] { _shards, Json, Quiet })
        {
            command.Add(option);
        }
    }

    /// <summary>How to serve, and how to open what is served.</summary>
    /// <exception cref="CliException">Options do not go together.</exception>
    public (GatewayOptions Options, Func<Task<IEditableModel>> Open) Read(CliHost host, ParseResult parsed, CliOutput output, CancellationToken cancellationToken)
    {
        bool demo = parsed.GetValue(_demo);
        DemoFiles? files = demo ? DemoFiles.In(host.DemoFolder) : null;
        string? folder = demo ? Demo(parsed, files!) : _model.Folder(parsed);
        ChatSettings chat = _chat.Get(parsed)!;
        GatewayOptions options = new()
        {
            Urls = parsed.GetValue(_urls) is { } urls ? urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [GatewayOptions.DefaultUrl],
            Name = parsed.GetValue(_name) ?? (demo ? DemoName : null),
            AllowAnonymous = parsed.GetValue(_anonymous),
            Keys = Keys(host, parsed.GetValue(_keys)),
            Jwt = Issuer(parsed.GetValue(_authority), parsed.GetValue(_audience)),
            CorsOrigins = parsed.GetValue(_cors) ?? [],
            Otlp = parsed.GetValue(_otlp),
            Limits = new GatewayLimits { RequestsPerMinute = parsed.GetValue(_rate) },
            ChatFormat = model => Prompting.Format(chat, model.Architecture, () => model.ChatTemplates, model.Tokenizer, host.Time),
            Time = host.Time,
        };
        return (options, () => folder is null
            ? _model.ConnectAsync(parsed, cancellationToken)
            : OpenAsync(host, folder, files, parsed, output, cancellationToken));
    }

    private static IReadOnlyList<ApiKey> Keys(CliHost host, string? file)
    {
        string? text = file is null ? host.Environment(KeysVariable) : File.ReadAllText(file);
        try
        {
            IReadOnlyList<ApiKey> keys = ApiKey.Parse(text ?? "");
            return keys.Count > 0 || file is null ? keys : throw new CliException(ExitCode.BadInput, $"'{file}' holds no key; make one with `mend key`, or leave --keys out.");
        }
        catch (FormatException wrong)
        {
            throw new CliException(ExitCode.BadInput, $"{(file is null ? KeysVariable : $"'{file}'")}: {wrong.Message}", wrong);
        }
    }

    private static JwtIssuer? Issuer(Uri? authority, string? audience) => (authority, audience) switch
    {
        (null, null) => null,
        ({ IsAbsoluteUri: true }, not null) => new JwtIssuer(authority, audience),
        _ => throw new CliException(ExitCode.Usage, "--jwt-authority, a whole address, and --jwt-audience go together; give both. See `mend serve --help`."),
    };

    private string Demo(ParseResult parsed, DemoFiles files)
    {
        Option? other = new Option[] { _editor }.Concat(_model.All).FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
        return other is null ? files.Model : throw new CliException(ExitCode.Usage, $"{other.Name} does not go with --demo, which has a model and an editor of its own; leave one of them out.");
    }

    private async Task<IEditableModel> OpenAsync(
        CliHost host, string folder, DemoFiles? demo, ParseResult parsed, CliOutput output, CancellationToken cancellationToken)
    {
        string? editor = demo?.Editor ?? EditorLocation.Find(folder, parsed.GetValue(_editor));
        if (editor is null)
        {
            output.Warn("there is no editor, so the model can be read and reverted only; name one with --editor, or train one with `mend train`.");
        }

        string? ledger = demo is null ? LedgerLocation.Of(host, folder, parsed.GetValue(_ledger)) : parsed.GetValue(_ledger);
        return await ModelOpening.OpenAsync(host, folder, editor, ledger, parsed.GetValue(_shards), _engines.Get(parsed), cancellationToken);
    }
}
