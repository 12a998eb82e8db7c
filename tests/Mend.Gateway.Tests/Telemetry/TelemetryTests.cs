namespace Mend.Gateway.Tests.Telemetry;

public sealed class TelemetryTests(OneProcess site) : IClassFixture<OneProcess>
{
    [Fact]
    public async Task Metrics_AfterAnswers_HaveTheConventionsNames()
    {
        await site.PostAsync("/v1/completions", new { prompt = "so it", max_tokens = 4 });
        await site.EventsAsync("/v1/chat/completions", new { messages = new[] { new { role = "user", content = "hi" } }, max_tokens = 4, stream = true });

        string metrics = await site.Http.GetStringAsync("/metrics");

        foreach (string name in new[] { "http_server_request_duration_seconds_bucket", "gen_ai_server_time_to_first_token_seconds_count", "gen_ai_server_time_per_output_token_seconds_count", "mend_gateway_tokens", "mend_generation_tokens" })
        {
            Assert.Contains(name, metrics, StringComparison.Ordinal);
        }

        Assert.Matches("""gen_ai_server_time_to_first_token_seconds_count\{[^\n]*gen_ai_operation_name="chat"[^\n]*\} [1-9]""", metrics);
        Assert.Matches("""mend_gateway_tokens[^\n]*gen_ai_token_type="output"[^\n]*\} [1-9]""", metrics);
    }
}
