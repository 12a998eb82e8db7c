using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Scalar.AspNetCore;

namespace Mend.Gateway;

/// <summary>The description of the API, made by the framework from the endpoints.</summary>
internal static class OpenApi
{
    private const string Page = "/reference";

    /// <summary>The page is made of a script beside it, and of a few lines and styles in it.</summary>
    private const string Policy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src 'self' data:; font-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

    public static void Add(IServiceCollection services) => services.AddOpenApi("v1", document => document.AddDocumentTransformer((description, _, _) =>
    {
        description.Info.Title = "Mend.Cluster gateway";
        description.Info.Description = "Reads an edited language model in the form of OpenAI's API, and edits it.";
        description.Info.Version = "1";
        description.Servers?.Clear();
        return Task.CompletedTask;
    }));

    /// <summary>Adds the description, and a page to read it on that asks nobody else for anything.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json");
        routes.MapScalarApiReference(Page, page => page
            .WithTitle("mend").WithOpenApiRoutePattern("/openapi/{documentName}.json").DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools());
    }

    /// <summary>Has browsers see to it that the page asks nobody else.</summary>
    public static void Guard(IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments(Page),
        page => page.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = Policy;
            context.Response.Headers.XContentTypeOptions = "nosniff";
            return next(context);
        }));
}
