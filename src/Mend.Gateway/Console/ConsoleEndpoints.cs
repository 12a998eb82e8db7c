using System.Net;
using System.Reflection;
using System.Text;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>The console at /, from the assembly's own resources, and the page that explains kinds of failures.</summary>
internal static class ConsoleEndpoints
{
    /// <summary>Nothing from elsewhere runs in the console, and no other site shows it inside its own.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly (string Path, string Name, string Type)[] Files =
    [
        ("/", "console.html", "text/html; charset=utf-8"),
        ("/console.css", "console.css", "text/css; charset=utf-8"),
        ("/console.js", "console.js", "text/javascript; charset=utf-8"),
        ("/charts.js", "charts.js", "text/javascript; charset=utf-8"),
    ];

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach ((string path, string name, string type) in Files)
        {
            byte[] content = Read(name);
            routes.MapGet(path, (HttpContext context) => Guard(context, content, type)).ExcludeFromDescription();
        }

        byte[] errors = Encoding.UTF8.GetBytes(ErrorPage());
        routes.MapGet("/errors", (HttpContext context) => Guard(context, errors, "text/html; charset=utf-8")).ExcludeFromDescription();
    }

    private static IResult Guard(HttpContext context, byte[] content, string type)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers.CacheControl = "no-cache";
        return Results.Bytes(content, type);
    }

    private static byte[] Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The assembly has no resource '{name}'; build it anew.");
        using MemoryStream content = new();
        stream.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>The kinds of failures, from their one table; a problem's type leads here.</summary>
    private static string ErrorPage()
    {
        StringBuilder rows = new();
        foreach (ErrorKind kind in ErrorKinds.All)
        {
            rows.Append(System.Globalization.CultureInfo.InvariantCulture, $"<tr id=\"{kind.Name}\"><td><code>{kind.Name}</code></td><td>{kind.HttpStatus}</td><td>{kind.ExitCode}</td><td>{WebUtility.HtmlEncode(kind.Title)}</td></tr>\n");
        }

        return $"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Kinds of failures</title><link rel="stylesheet" href="/console.css"></head>
            <body><main><h1>Kinds of failures</h1>
            <table><thead><tr><th>kind</th><th>status</th><th>exit code of mend</th><th></th></tr></thead><tbody>
            {rows}</tbody></table></main></body>
            </html>
            """;
    }
}
