using Mend.Sharding;
using Microsoft.AspNetCore.Http;

namespace Mend.Gateway;

/// <summary>
/// Refuses what a page of another site has a browser send: such a page could otherwise edit the model of whoever reads it, on a server that asks for no key.
/// </summary>
internal sealed class OwnOrigin(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        bool changes = !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method) && !HttpMethods.IsOptions(request.Method);
        return changes && request.Headers.Origin is [{ } origin] && !IsOwn(request, origin)
            ? throw new RequestException(ErrorKinds.Forbidden, $"The request comes from a page of {origin}, which may not use this server.", "Origin")
            : next(context);
    }

    private static bool IsOwn(HttpRequest request, string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? from) && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase);
}
