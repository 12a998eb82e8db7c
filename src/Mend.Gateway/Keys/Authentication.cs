using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Mend.Gateway;

/// <summary>Keys and tokens, by the framework's own handlers. Where neither is asked for, everybody may do everything.</summary>
internal static class Authentication
{
    private const string Either = "key-or-token", ScopeClaim = "mend.scope", Prefix = "mend.", Bearer = "Bearer ";

    /// <summary>Adds the schemes, and a policy for each scope.</summary>
    public static void Add(IServiceCollection services, GatewayOptions options)
    {
        AuthenticationBuilder schemes = services.AddAuthentication(Either);
        schemes.AddPolicyScheme(Either, null, scheme => scheme.ForwardDefaultSelector = context =>
            options.Jwt is not null && Token(context)?.Count(c => c == '.') == 2 ? JwtBearerDefaults.AuthenticationScheme : ApiKeyHandler.Scheme);
        schemes.AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.Scheme, null);
        if (options.Jwt is { } issuer)
        {
            schemes.AddJwtBearer(jwt =>
            {
                jwt.Authority = issuer.Authority.ToString();
                jwt.Audience = issuer.Audience;
                jwt.MapInboundClaims = false;
                jwt.RequireHttpsMetadata = !issuer.Authority.IsLoopback;
                jwt.TokenValidationParameters.NameClaimType = "sub";
            });
        }

        // Nothing is encrypted here, so nothing needs keys on the disk, which this would make at the start.
        foreach (ServiceDescriptor protection in services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationType?.Name == "DataProtectionHostedService").ToList())
        {
            services.Remove(protection);
        }

        AuthorizationBuilder policies = services.AddAuthorizationBuilder();
        foreach (Scope scope in Enum.GetValues<Scope>())
        {
            policies.AddPolicy(scope.ToString(), policy => policy.RequireAssertion(context => !options.AsksForKeys || Allows(context.User, scope)));
        }
    }

    /// <summary>Lets only those in whose key has a scope.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder endpoint, Scope scope)
        where TBuilder : IEndpointConventionBuilder => endpoint.RequireAuthorization(scope.ToString());

    /// <summary>Whether whoever asks may do what needs a scope.</summary>
    public static bool Allows(HttpContext context, GatewayOptions options, Scope scope) => !options.AsksForKeys || Allows(context.User, scope);

    /// <summary>What was sent as a bearer; null for nothing.</summary>
    private static string? Token(HttpContext context) =>
        context.Request.Headers.Authorization is [{ } header] && header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;

    private static bool Allows(ClaimsPrincipal user, Scope scope) => user.Identity?.IsAuthenticated == true && ScopesOf(user).Any(s => s.Includes(scope));

    private static IEnumerable<Scope> ScopesOf(ClaimsPrincipal user) => user.FindAll(ScopeClaim).Select(c => c.Value)
        .Concat(user.FindAll("scope").Concat(user.FindAll("scp")).SelectMany(c => c.Value.Split(' ')).Where(s => s.StartsWith(Prefix, StringComparison.Ordinal)).Select(s => s[Prefix.Length..]))
        .Select(s => ApiKey.ScopesOf(s) is [var scope] ? scope : (Scope?)null).OfType<Scope>();

    /// <summary>Knows callers by keys whose hashes the server has.</summary>
    private sealed class ApiKeyHandler(IOptionsMonitor<AuthenticationSchemeOptions> monitor, ILoggerFactory logger, UrlEncoder encoder, GatewayOptions options)
        : AuthenticationHandler<AuthenticationSchemeOptions>(monitor, logger, encoder)
    {
        public new const string Scheme = "key";

        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            if (options.Keys.Count == 0 || Token(Context) is not { } secret)
            {
                return Task.FromResult(AuthenticateResult.NoResult());
            }

            string hash = ApiKey.HashOf(secret);
            if (options.Keys.FirstOrDefault(k => k.Hash == hash) is not { } key)
            {
                return Task.FromResult(AuthenticateResult.Fail("The key is not known."));
            }

            ClaimsIdentity identity = new([new Claim(ClaimTypes.Name, key.Name), .. key.Scopes.Select(s => new Claim(ScopeClaim, s.ToString()))], Scheme);
            return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme)));
        }
    }
}
