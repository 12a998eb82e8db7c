using Mend.Models.Chat;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>How a model is served over HTTP.</summary>
public sealed record GatewayOptions
{
    /// <summary>Where it listens unless told otherwise.</summary>
    public const string DefaultUrl = "http://127.0.0.1:8080";

    /// <summary>Addresses to listen at, as ASP.NET Core takes them.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [DefaultUrl];

    /// <summary>The model's name for clients; null for its own.</summary>
    public string? Name { get; init; }

    /// <summary>How the model is talked to; null for its own chat template.</summary>
    public Func<IEditableModel, ChatFormat>? ChatFormat { get; init; }

    /// <summary>Whether anybody who reaches the server may do everything, also from other machines.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>How much is taken at a time.</summary>
    public GatewayLimits Limits { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
