using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace Mend.Gateway;

/// <summary>Who asks.</summary>
internal static class Callers
{
    /// <summary>The name of whoever asks, by the key or the token that came with the request; null where nobody is asked for one.</summary>
    public static string? Caller(this HttpContext context) =>
        context.User.Identity is { IsAuthenticated: true } known ? known.Name ?? context.User.FindFirstValue(ClaimTypes.NameIdentifier) ?? context.User.FindFirstValue("sub") : null;
}
