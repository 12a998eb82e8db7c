using System.Diagnostics.Metrics;
using Mend.Ledger;

namespace Mend.Gateway;

/// <summary>The assembly's metrics, under the name "Mend.Gateway". Those of generation have the names of OpenTelemetry's conventions.</summary>
public static class GatewayTelemetry
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Mend.Gateway";

    /// <summary>Tag: text_completion or chat.</summary>
    internal const string OperationTag = "gen_ai.operation.name";

    internal const string ProviderTag = "gen_ai.provider.name";

    internal const string TokenTypeTag = "gen_ai.token.type";

    /// <summary>What <see cref="ProviderTag"/> says.</summary>
    internal const string Provider = "mend";

    private static readonly Meter Meter = new(Name);

    internal static readonly Histogram<double> TimeToFirstToken =
        Meter.CreateHistogram<double>("gen_ai.server.time_to_first_token", "s", "From taking a request to its first token.", tags: null, LedgerTelemetry.Seconds);

    internal static readonly Histogram<double> TimePerOutputToken =
        Meter.CreateHistogram<double>("gen_ai.server.time_per_output_token", "s", "Time of each token after the first.", tags: null, LedgerTelemetry.Seconds);

    internal static readonly Counter<long> Tokens =
        Meter.CreateCounter<long>("mend.gateway.tokens", "{token}", "Tokens of prompts and answers.");
}
