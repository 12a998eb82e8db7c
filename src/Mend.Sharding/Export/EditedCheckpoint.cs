using System.Text.Json;
using System.Text.Json.Nodes;
using Mend.Editing;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// Writes an edited model as a Hugging Face checkpoint: the base files as they are,
/// the changed tensors in a file of their own, and an index that takes them from there.
/// </summary>
public static class EditedCheckpoint
{
    /// <summary>
    /// Name of the file with the changed tensors. It sorts behind "model.safetensors" and "model-0000x-of-…", so that
    /// readers that load whole files in order of name end with the edited tensors as well.
    /// </summary>
    public const string EditedFile = "model_edited.safetensors";

    /// <summary>
    /// Name that a base in one file gets: readers look for "model.safetensors" before they look for an index, and would find
    /// the unedited model.
    /// </summary>
    public const string BaseFile = "model-base.safetensors";

    /// <summary>Writes the checkpoint; the folder appears complete or not at all.</summary>
    /// <param name="folder">The base model.</param>
    /// <param name="factors">Active edits, oldest first.</param>
    /// <param name="engine">Where to fold.</param>
    /// <param name="target">A folder that does not exist yet.</param>
    /// <param name="asFloat32">Writes the changed tensors as f32 instead of in their own type.</param>
    /// <param name="cancellationToken">Looked at between tensors; nothing is left behind.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="IOException">The target exists or cannot be written.</exception>
    public static IReadOnlyList<ExportedTensor> Write(
        ModelFolder folder, IReadOnlyList<EditFactors> factors, IEngine engine, string target, bool asFloat32, CancellationToken cancellationToken)
    {
        List<FoldedMatrix> folded = [];
        NewFolder.Write(target, temporary =>
        {
            folded = EditFolding.All(folder, factors, engine, (stored, _) => asFloat32 ? DType.F32 : stored.Type.Loaded(), cancellationToken);
            IReadOnlyList<TensorData> changed = FoldedMatrix.Tensors(folded);
            CopyBase(folder.Path, temporary, cancellationToken);
            if (changed.Count == 0)
            {
                return;
            }

            string single = Path.Combine(temporary, Checkpoint.SingleFile);
            if (File.Exists(single))
            {
                File.Move(single, Path.Combine(temporary, BaseFile));
            }

            // The base may be an export itself: what it changed and this one does not moves on.
            HashSet<string> names = [.. changed.Select(t => t.Name)];
            IEnumerable<TensorData> earlier = folder.Checkpoint.Tensors.Values
                .Where(t => Path.GetFileName(t.File) == EditedFile && !names.Contains(t.Name))
                .OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => TensorData.FromStored(t));
            SafetensorsWriter.Write(Path.Combine(temporary, EditedFile), [.. changed, .. earlier], new Dictionary<string, string> { ["format"] = "pt" });
            WriteIndex(folder.Checkpoint, temporary, changed);
        });
        return [.. folded.Select(f => f.Report())];
    }

    private static void CopyBase(string source, string target, CancellationToken cancellationToken)
    {
        foreach (string file in Directory.EnumerateFiles(source))
        {
            cancellationToken.ThrowIfCancellationRequested();
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }
    }

    private static void WriteIndex(Checkpoint checkpoint, string target, IReadOnlyList<TensorData> changed)
    {
        HashSet<string> edited = [.. changed.Select(t => t.Name)];
        JsonObject map = [];
        IEnumerable<(string Name, string File)> all = checkpoint.Tensors.Values.Select(t => (t.Name, t.File)).Concat(checkpoint.Unread.Values.Select(t => (t.Name, t.File)));
        foreach ((string name, string path) in all.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            string file = Path.GetFileName(path);
            map[name] = edited.Contains(name) ? EditedFile : file == Checkpoint.SingleFile ? BaseFile : file;
        }

        long total = checkpoint.Tensors.Values.Where(t => !edited.Contains(t.Name)).Sum(t => t.ByteLength) + checkpoint.Unread.Values.Sum(t => t.ByteLength) + changed.Sum(t => t.ByteLength);
        JsonObject index = new() { ["metadata"] = new JsonObject { ["total_size"] = total }, ["weight_map"] = map };
        string written = Path.Combine(target, Checkpoint.IndexFile);
        File.Delete(written);
        File.WriteAllText(written, index.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }
}
