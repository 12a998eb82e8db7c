using System.Net;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mend.Gateway;

/// <summary>Serves a model over HTTP.</summary>
public static class GatewayServer
{
    /// <summary>Builds the server; the caller starts and stops it.</summary>
    /// <param name="model">The model; not disposed with the server.</param>
    /// <param name="options">Settings.</param>
    /// <param name="configure">Changes the host, or null.</param>
    /// <exception cref="ArgumentException">Settings do not go together; the message says which and what to do.</exception>
    public static WebApplication Build(IEditableModel model, GatewayOptions options, Action<WebApplicationBuilder>? configure = null)
    {
        Check(options);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseUrls([.. options.Urls]);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = options.Limits.MaxBody;
        });
        builder.Services.AddSingleton<IHostLifetime, OwnLifetime>();
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(model);
        builder.Services.AddSingleton<ServedModel>();
        builder.Services.AddSingleton<Admission>();
        builder.Services.AddSingleton<EditJobs>();
        builder.Services.ConfigureHttpJsonOptions(json => Json.Configure(json.SerializerOptions));
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = options.Limits.RequestTimeout });
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        app.UseMiddleware<ErrorResponses>();
        app.UseMiddleware<OwnOrigin>();
        app.UseRequestTimeouts();
        HealthEndpoints.Map(app);
        ModelsEndpoints.Map(app);
        CompletionsEndpoint.Map(app);
        ChatEndpoint.Map(app);
        EditsEndpoints.Map(app);
        PreviewEndpoint.Map(app);
        VersionsEndpoints.Map(app);
        DiffEndpoint.Map(app);
        return app;
    }

    private static void Check(GatewayOptions options)
    {
        string? open = options.AllowAnonymous ? null : options.Urls.FirstOrDefault(url => !IsOwn(url));
        if (open is not null)
        {
            throw new ArgumentException(
                $"Nobody is asked for a key, and {open} can be reached from other machines, where anybody could edit the model. Listen at {GatewayOptions.DefaultUrl}, give keys, or say --allow-anonymous.");
        }
    }

    /// <summary>Whether only this machine reaches an address.</summary>
    private static bool IsOwn(string url)
    {
        BindingAddress address = BindingAddress.Parse(url);
        return address.IsUnixPipe || address.IsNamedPipe || address.Host == "localhost"
            || (IPAddress.TryParse(address.Host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));
    }
}
