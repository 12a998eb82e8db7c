namespace Mend.Ledger.Tests;

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mend-ledger-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
