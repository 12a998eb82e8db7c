using System.Globalization;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Chat;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>The model as clients know it: by a name, and each of its versions by the name with the version behind it. Safe to use from several threads.</summary>
internal sealed class ServedModel
{
    private const char Separator = '@';
    private const int DigestLength = 12;

    private readonly Canary _canary;
    private readonly Lazy<ChatFormat> _chat;
    private readonly string _fingerprint;

    public ServedModel(IEditableModel model, GatewayOptions options, Canary canary)
    {
        _canary = canary;
        Model = model;
        Name = options.Name ?? model.BaseModel.Name;
        Tokens = new TokenTexts(model.Tokenizer);
        Func<IEditableModel, ChatFormat> chat = options.ChatFormat ?? (m => new ChatFormat(m.ChatTemplates.Select(), m.Tokenizer, m.ChatTemplates.Variables, options.Time));
        _chat = new Lazy<ChatFormat>(() => model.Architecture.Task != ModelTask.Causal
            ? throw new RequestException(ErrorKinds.InvalidRequest, $"A {model.Architecture.Family} model does not go on with a text, so it holds no chats; use /v1/completions.")
            : ChatFormatOf(chat, model));
        string digest = model.BaseModel.Content ?? string.Join(' ', model.BaseModel.Parts.Values);
        _fingerprint = digest[(digest.LastIndexOf(':') + 1)..];
        _fingerprint = _fingerprint[..Math.Min(DigestLength, _fingerprint.Length)];
    }

    public IEditableModel Model { get; }

    /// <summary>Its name, which stands for the newest version.</summary>
    public string Name { get; }

    /// <summary>The texts of single tokens.</summary>
    public TokenTexts Tokens { get; }

    /// <summary>How it is talked to.</summary>
    /// <exception cref="ChatTemplateException">It has no template.</exception>
    public ChatFormat Chat => _chat.Value;

    private ChatFormat ChatFormatOf(Func<IEditableModel, ChatFormat> chat, IEditableModel model)
    {
        try
        {
            return chat(model);
        }
        catch (ChatTemplateException) when (model.ChatTemplates.Names.Count == 0)
        {
            throw new RequestException(
                ErrorKinds.InvalidRequest, $"'{Name}' is a base model without a chat template; use /v1/completions, or have the server started with --chat-template FILE.", "model");
        }
    }

    /// <summary>The id of a version.</summary>
    public string IdOf(ModelVersion version) => $"{Name}{Separator}{version}";

    /// <summary>What identifies the weights behind an answer: the base model's digest, and the version.</summary>
    public string FingerprintOf(ModelVersion version) => $"{_fingerprint}{Separator}{version}";

    /// <summary>The version that the name alone means now, to all whom no trial takes.</summary>
    public Task<ModelVersion> StableAsync(CancellationToken cancellationToken) => _canary.StableAsync(cancellationToken);

    /// <summary>The version that an id means now. The name, and no id, mean the newest, or what is on trial for a share of requests.</summary>
    /// <param name="id">The id, or null.</param>
    /// <param name="requester">What the request is told from others by, which so reads one version of a trial; null draws.</param>
    /// <param name="cancellationToken">Stops asking.</param>
    /// <exception cref="RequestException">There is no such model or version.</exception>
    public async Task<ModelVersion> ResolveAsync(string? id, string? requester, CancellationToken cancellationToken)
    {
        if (id is null || id == Name)
        {
            return await _canary.ReadAsync(requester, cancellationToken);
        }

        ModelVersion head = await Model.HeadAsync(cancellationToken);

        return id.StartsWith(Name + Separator, StringComparison.Ordinal)
            && long.TryParse(id.AsSpan(Name.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= head.Number
            ? new ModelVersion(number)
            : throw new RequestException(
                ErrorKinds.NotFound,
                $"There is no model '{id}'; '{Name}' is served, the newest version of which is '{IdOf(head)}'. GET /v1/models lists what there is.",
                "model");
    }
}
