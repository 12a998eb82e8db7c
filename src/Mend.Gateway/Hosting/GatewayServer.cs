using System.Net;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Routing;
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
        builder.Services.AddSingleton(_ => new ReviewDesk(model, options.Time));
        builder.Services.AddSingleton(services => services.GetRequiredService<ReviewDesk>().Proposals);
        builder.Services.AddSingleton(services => services.GetRequiredService<ReviewDesk>().Canary);
        builder.Services.AddSingleton(services => services.GetRequiredService<ReviewDesk>().Evaluations);
        builder.Services.AddSingleton<EvaluationJobs>();
        builder.Services.ConfigureHttpJsonOptions(json => Json.Configure(json.SerializerOptions));
        builder.Services.AddRequestTimeouts(timeouts => timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = options.Limits.RequestTimeout });
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins([.. options.CorsOrigins])
            .AllowAnyHeader().AllowAnyMethod().WithExposedHeaders("ETag", "Location", "Retry-After", "Preference-Applied")));
        Authentication.Add(builder.Services, options);
        OpenApi.Add(builder.Services);
        Exporters.Add(builder, options);
        configure?.Invoke(builder);
        WebApplication app = builder.Build();
        app.UseRequestTimeouts();
        app.UseMiddleware<ErrorResponses>();
        app.UseMiddleware<OwnOrigin>();
        OpenApi.Guard(app);
        if (options.CorsOrigins.Count > 0)
        {
            app.UseCors();
        }

        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<RateLimits>();
        HealthEndpoints.Map(app);
        ConsoleEndpoints.Map(app);
        OpenApi.Map(app);
        Exporters.Map(app);
        RouteGroupBuilder reading = app.MapGroup("").RequireScope(Scope.Read);
        ModelsEndpoints.Map(reading);
        CompletionsEndpoint.Map(reading);
        ChatEndpoint.Map(reading);
        EditsEndpoints.Map(reading);
        VersionsEndpoints.Map(reading);
        DiffEndpoint.Map(reading);
        ClusterEndpoint.Map(reading);
        ProposalsEndpoints.Map(reading);
        CanaryEndpoints.Map(reading);
        EvaluationsEndpoints.Map(reading);
        RouteGroupBuilder proposing = app.MapGroup("").RequireScope(Scope.Propose);
        PreviewEndpoint.Map(proposing);
        ProposalsEndpoints.MapChanges(proposing);
        CanaryEndpoints.MapWithdrawal(proposing);
        EvaluationsEndpoints.MapChanges(proposing);
        RouteGroupBuilder approving = app.MapGroup("").RequireScope(Scope.Approve);
        ProposalsEndpoints.MapApproval(approving);
        CanaryEndpoints.MapPromotion(approving);
        RouteGroupBuilder editing = app.MapGroup("").RequireScope(Scope.Edit);
        EditsEndpoints.MapChanges(editing);
        VersionsEndpoints.MapChanges(editing);
        return app;
    }

    private static void Check(GatewayOptions options)
    {
        string? open = options.AllowAnonymous || options.AsksForKeys ? null : options.Urls.FirstOrDefault(url => !IsOwn(url));
        if (open is not null)
        {
            throw new ArgumentException(
                $"Nobody is asked for a key, and {open} can be reached from other machines, where anybody could edit the model. Listen at {GatewayOptions.DefaultUrl}, give keys (--keys), or say --allow-anonymous.");
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
