using System.Net;
using Mend.Sharding;
using Microsoft.AspNetCore.Http;

namespace Mend.Gateway;

/// <summary>
/// Refuses what a page of another site has a browser send: such a page could otherwise edit the model of whoever reads it, on a server that asks for no key.
/// </summary>
internal sealed class OwnOrigin(RequestDelegate next, GatewayOptions options)
{
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        bool changes = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method);
        if (!options.AsksForKeys && !options.AllowAnonymous && !IsThisMachine(request.Host.Host))
        {
            // A name of another site that leads here, for which its pages may read what they get.
            throw new RequestException(ErrorKinds.Forbidden, $"The server is asked as '{request.Host.Host}'; without keys it is to be had as localhost only. Give keys, or say --allow-anonymous.", "Host");
        }

        return changes && request.Headers.Origin is [{ } origin] && !IsOwn(request, origin) && !options.CorsOrigins.Contains(origin)
            ? throw new RequestException(ErrorKinds.Forbidden, $"The request comes from a page of {origin}, which may not use this server.", "Origin")
            : next(context);
    }

    private static bool IsThisMachine(string host) => host is "localhost" or "" || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));

    private static bool IsOwn(HttpRequest request, string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? from) && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
}
