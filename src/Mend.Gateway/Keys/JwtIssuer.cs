namespace Mend.Gateway;

/// <summary>Whose tokens are taken beside keys: those of an OpenID Connect issuer, with mend.read, mend.propose, mend.edit, mend.approve or mend.admin among their scopes.</summary>
/// <param name="Authority">The issuer's address, below which its configuration is found.</param>
/// <param name="Audience">What tokens must be for.</param>
public sealed record JwtIssuer(Uri Authority, string Audience);
