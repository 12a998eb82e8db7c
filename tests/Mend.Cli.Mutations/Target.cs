namespace Mend.Cli.Mutations;

/// <summary>A file that is damaged, and what is done with it then.</summary>
/// <param name="Kind">What it is, for reports.</param>
/// <param name="File">The file.</param>
/// <param name="Damage">What is done to its content.</param>
/// <param name="Commands">Command lines that read it; one of them is run.</param>
internal sealed record Target(string Kind, string File, Func<byte[], Random, byte[]> Damage, IReadOnlyList<string[]> Commands);
