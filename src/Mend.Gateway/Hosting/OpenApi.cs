using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Mend.Gateway;

/// <summary>The description of the API, made by the framework from the endpoints.</summary>
internal static class OpenApi
{
    public static void Add(IServiceCollection services) => services.AddOpenApi("v1", document => document.AddDocumentTransformer((description, _, _) =>
    {
        description.Info.Title = "Mend.Cluster gateway";
        description.Info.Description = "Reads an edited language model in the form of OpenAI's API, and edits it.";
        description.Info.Version = "1";
        description.Servers?.Clear();
        return Task.CompletedTask;
    }));

    public static void Map(IEndpointRouteBuilder routes) => routes.MapOpenApi("/openapi/{documentName}.json");
}
