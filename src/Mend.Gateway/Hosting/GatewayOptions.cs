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

    /// <summary>Keys that are taken; none where nobody is asked for one.</summary>
    public IReadOnlyList<ApiKey> Keys { get; init; } = [];

    /// <summary>Whose tokens are taken too; null for nobody's.</summary>
    public JwtIssuer? Jwt { get; init; }

    /// <summary>Sites whose pages may use the server from a browser; none unless given.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>A collector for traces and metrics; null for the one that OTEL_EXPORTER_OTLP_ENDPOINT names, or none.</summary>
    public Uri? Otlp { get; init; }

    /// <summary>Whether a key or a token is asked for.</summary>
    public bool AsksForKeys => Keys.Count > 0 || Jwt is not null;

    /// <summary>How much is taken at a time.</summary>
    public GatewayLimits Limits { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
