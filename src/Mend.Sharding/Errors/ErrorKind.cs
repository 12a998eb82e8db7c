namespace Mend.Sharding;

/// <summary>A kind of failure, as every interface tells it. The kinds are in <see cref="ErrorKinds"/>.</summary>
/// <param name="Name">Its name in words with dashes; also the place in docs/gateway.md that explains it.</param>
/// <param name="ExitCode">What a command ends with.</param>
/// <param name="HttpStatus">What a request is answered with.</param>
/// <param name="Title">What it means, in a few words.</param>
public sealed record ErrorKind(string Name, int ExitCode, int HttpStatus, string Title);
