using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mend.Silo.Tests;

/// <summary>An OTLP collector over HTTP that keeps spans and the names of metrics.</summary>
internal sealed class TraceCollector : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TraceCollector(WebApplication app) => _app = app;

    /// <summary>Where to send to.</summary>
    public string Url => _app.Urls.Single();

    public ConcurrentBag<(string Instance, string Trace, string Name)> Spans { get; } = [];

    public ConcurrentBag<string> Metrics { get; } = [];

    /// <summary>The header x-key of the last request.</summary>
    public string? Key { get; private set; }

    public static async Task<TraceCollector> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        TraceCollector collector = new(builder.Build());
        collector._app.MapPost("/v1/traces", request => collector.TakeAsync(request, collector.ReadSpans));
        collector._app.MapPost("/v1/metrics", request => collector.TakeAsync(request, collector.ReadMetrics));
        await collector._app.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context, Action<byte[]> read)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        Key = context.Request.Headers["x-key"];
        read(body.ToArray());
    }

    // Field numbers are those of opentelemetry/proto/{trace,metrics,resource}/v1.
    private void ReadSpans(byte[] request)
    {
        foreach (byte[] resource in Parts(request, 1))
        {
            string instance = Instance(resource);
            foreach (byte[] span in Parts(resource, 2).SelectMany(scope => Parts(scope, 2)))
            {
                Spans.Add((instance, Convert.ToHexString(Parts(span, 1).Single()), Encoding.UTF8.GetString(Parts(span, 5).Single())));
            }
        }
    }

    private void ReadMetrics(byte[] request)
    {
        foreach (byte[] metric in Parts(request, 1).SelectMany(resource => Parts(resource, 2)).SelectMany(scope => Parts(scope, 2)))
        {
            Metrics.Add(Encoding.UTF8.GetString(Parts(metric, 1).Single()));
        }
    }

    private static string Instance(byte[] resource) => Parts(resource, 1).SelectMany(r => Parts(r, 1))
        .Where(attribute => Encoding.UTF8.GetString(Parts(attribute, 1).Single()) == "service.instance.id")
        .Select(attribute => Encoding.UTF8.GetString(Parts(Parts(attribute, 2).Single(), 1).Single())).Single();

    /// <summary>The values of a protobuf message's field that have a length: texts, bytes and messages.</summary>
    private static List<byte[]> Parts(byte[] message, int field)
    {
        List<byte[]> parts = [];
        for (int at = 0; at < message.Length;)
        {
            ulong key = Number(message, ref at);
            int length = (key & 7) switch
            {
                0 => Skip(message, at),
                1 => sizeof(ulong),
                2 => (int)Number(message, ref at),
                5 => sizeof(uint),
                _ => throw new InvalidDataException($"Wire type {key & 7} at {at}."),
            };
            if ((int)(key >> 3) == field && (key & 7) == 2)
            {
                parts.Add(message[at..(at + length)]);
            }

            at += length;
        }

        return parts;
    }

    private static int Skip(byte[] message, int at)
    {
        int end = at;
        Number(message, ref end);
        return end - at;
    }

    private static ulong Number(byte[] message, ref int at)
    {
        ulong number = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = message[at++];
            number |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return number;
            }
        }
    }
}
