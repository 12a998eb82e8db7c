using System.CommandLine;
using System.CommandLine.Parsing;
using Mend.Cluster;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>Which model a command is about: a folder or file, or one that a cluster serves. A fresh one per command.</summary>
internal sealed class ModelSource
{
    /// <summary>What the silos were told, and a client has no say in.</summary>
    private static readonly string[] OfTheSilos = ["--editor", "--ledger", "--shards", "--engine", "--compute", "--threads"];

    private readonly Option<string?> _model = new(Options.ModelName, "-m")
    {
        Description = $"Hugging Face model folder (config.json, *.safetensors, tokenizer files) or GGUF file. With --cluster the model's name there, by default {RemoteModel.DefaultName}.",
        HelpName = "DIR|FILE",
    };

    private readonly Option<string?> _cluster = new("--cluster")
    {
        Description = "Use the model that a cluster serves: host:port of a silo's gateway, several with commas between them, or postgresql://user@host/database.",
        HelpName = "ADDRESS",
    };

    private readonly Option<string> _clusterId = new("--cluster-id")
    {
        Description = $"The cluster's id. Default: {RemoteModel.DefaultClusterId}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => RemoteModel.DefaultClusterId,
    };

    private readonly Option<string?> _certificate = new("--tls-certificate") { Description = "With --cluster: PEM file with your certificate; its OU says what you may do.", HelpName = "FILE" };

    private readonly Option<string?> _certificateKey = new("--tls-key") { Description = "PEM file with the certificate's key. Default: it stands in the same file.", HelpName = "FILE" };

    private readonly Option<string?> _authority = new("--tls-authority") { Description = "PEM file with the certificates of the authority that issued the silos'.", HelpName = "FILE" };

    /// <summary>The options.</summary>
    public IReadOnlyList<Option> All => [_model, _cluster, _clusterId, _certificate, _certificateKey, _authority];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>The model folder, or null when a cluster is to be used.</summary>
    /// <exception cref="CliException">Neither is named, or options do not go together.</exception>
    public string? Folder(ParseResult parsed)
    {
        string? folder = parsed.GetValue(_model);
        if (parsed.GetValue(_cluster) is null)
        {
            return folder ?? throw new CliException(ExitCode.Usage, $"Give a model folder with --model, or a cluster with --cluster. See `mend {parsed.CommandResult.Command.Name} --help`.");
        }

        string? foreign = parsed.CommandResult.Children.OfType<OptionResult>().Where(o => !o.Implicit).Select(o => o.Option.Name).FirstOrDefault(OfTheSilos.Contains);
        return foreign is null ? null : throw new CliException(ExitCode.Usage, $"{foreign} does not go with --cluster: that is what the silos were told; leave it out.");
    }

    /// <summary>Where versions are kept, when a cluster is used.</summary>
    public string Where(ParseResult parsed) => $"cluster '{parsed.GetValue(_clusterId)}'";

    /// <summary>Connects to the cluster.</summary>
    /// <exception cref="CliException">The address is wrong.</exception>
    /// <exception cref="RetryableException">Nothing answers.</exception>
    public async Task<IEditableModel> ConnectAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        try
        {
            RemoteModel address = new(parsed.GetValue(_cluster)!, parsed.GetValue(_clusterId)!, parsed.GetValue(_model) ?? RemoteModel.DefaultName, Certificates(parsed));
            return await ClusterConnector.ConnectAsync(address, cancellationToken);
        }
        catch (FormatException wrong)
        {
            throw new CliException(ExitCode.Usage, $"--cluster: {wrong.Message}", wrong);
        }
    }

    private ClusterCertificates? Certificates(ParseResult parsed) => (parsed.GetValue(_certificate), parsed.GetValue(_authority)) switch
    {
        (null, null) => null,
        ({ } certificate, { } authority) => ClusterCertificates.Load(certificate, parsed.GetValue(_certificateKey), authority),
        _ => throw new CliException(ExitCode.Usage, "--tls-certificate and --tls-authority are wanted together; give both, or neither for a cluster without TLS."),
    };
}
