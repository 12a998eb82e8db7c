using System.Security.Cryptography;
using Mend.Editing;

namespace Mend.Cluster;

/// <summary>
/// The editors that this silo has loaded, told apart by the digests of their files. An edit names the one that it began with, so an
/// exchange changes no edit that is at work. Safe to use from several threads.
/// </summary>
/// <param name="configured">The configured editor file, or null.</param>
/// <param name="folder">The folder of the others; null for that of the configured one.</param>
/// <param name="load">Reads an editor file.</param>
internal sealed class SiloEditors(string? configured, string? folder, Func<string, IEditor> load) : IDisposable
{
    /// <summary>Editors that stay loaded: the one in use, the one before it for edits at work, and one on trial.</summary>
    private const int Kept = 3;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly List<SiloEditor> _loaded = [];

    /// <summary>The configured editor's name, or null.</summary>
    public string? Configured => Path.GetFileName(configured);

    /// <summary>Loads an editor file, unless its content is loaded.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EditorFileException">The file is unusable or belongs to another model, or the name is none.</exception>
    public async Task<SiloEditor> OpenAsync(string name, CancellationToken cancellationToken)
    {
        string digest = await DigestAsync(Find(name), cancellationToken).ConfigureAwait(false);
        return await GetAsync(new EditorReference(digest, name), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>An editor by its digest, loaded from its file when it is not.</summary>
    /// <param name="reference">The editor.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EditorFileException">The file is unusable, belongs to another model, or is another editor by now.</exception>
    public async Task<SiloEditor> GetAsync(EditorReference reference, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            SiloEditor editor = _loaded.Find(e => e.Reference.Digest == reference.Digest)
                ?? await Task.Run(() => LoadAsync(reference, cancellationToken), cancellationToken).ConfigureAwait(false);
            _loaded.Remove(editor);
            _loaded.Add(editor);
            while (_loaded.Count > Kept)
            {
                _loaded[0].Retire();
                _loaded.RemoveAt(0);
            }

            return editor;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Gives the editors back.</summary>
    public void Dispose()
    {
        _loaded.ForEach(e => e.Retire());
        _gate.Dispose();
    }

    /// <summary>The file of a name, in the folder that the silo was told of: calls name no other.</summary>
    private string Find(string name)
    {
        string? within = folder ?? Path.GetDirectoryName(Path.GetFullPath(configured ?? "."));
        return name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\\', '\0') || Path.GetFileName(name) != name
            ? throw new EditorFileException($"'{name}' is no name of an editor; the name alone of a file in the silos' folder of editors (Model:EditorFolder) is wanted, no path.")
            : name == Configured ? configured!
            : configured is null && folder is null ? throw new EditorFileException($"There is no editor '{name}': the silos were told of no folder of editors; set Model:EditorFolder.")
            : Path.Combine(within!, name);
    }

    private async Task<SiloEditor> LoadAsync(EditorReference reference, CancellationToken cancellationToken)
    {
        string file = Find(reference.File);
        IEditor editor = load(file);
        try
        {
            // After the editor was read, so that a file exchanged meanwhile is noticed.
            string digest = await DigestAsync(file, cancellationToken).ConfigureAwait(false);
            return digest == reference.Digest ? new SiloEditor(reference, editor) : throw new EditorFileException(
                $"The editor file '{reference.File}' has the digest {digest[..8]} on this silo, and {reference.Digest[..8]} is wanted: it was changed, or silos have different files there. "
                + "Put the same file on every silo and take it into use again.");
        }
        catch
        {
            editor.Dispose();
            throw;
        }
    }

    private static async Task<string> DigestAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            await using FileStream stream = File.OpenRead(file);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new EditorFileException($"The editor file '{file}' cannot be read on this silo ({error.Message}); put the same file on every silo.", error);
        }
    }
}
