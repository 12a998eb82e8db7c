using Mend.Editing;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// Writes an edited GGUF model as a GGUF file: the edited matrices in float16, or in float32 where that is asked for, where the base has
/// them so, or where a value is too large for float16; everything else byte for byte as it is.
/// </summary>
public static class EditedGguf
{
    private const string Extension = ".gguf";

    /// <summary>Writes the file; it appears complete or not at all.</summary>
    /// <param name="folder">The base model, a GGUF file. One in several files becomes one file.</param>
    /// <param name="factors">Active edits, oldest first.</param>
    /// <param name="engine">Where to fold.</param>
    /// <param name="target">A file that does not exist yet; its name ends in .gguf.</param>
    /// <param name="asFloat32">Writes the changed tensors as f32.</param>
    /// <param name="cancellationToken">Looked at between tensors; nothing is left behind.</param>
    /// <returns>What was written anew.</returns>
    /// <exception cref="IOException">The target exists or cannot be written.</exception>
    /// <exception cref="ModelException">An edited matrix lies in the file in another form, or the target has another ending.</exception>
    public static IReadOnlyList<ExportedTensor> Write(
        ModelFolder folder, IReadOnlyList<EditFactors> factors, IEngine engine, string target, bool asFloat32, CancellationToken cancellationToken)
    {
        NewFolder.ThrowIfThere(target, "file");
        if (!target.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
        {
            throw new ModelException($"'{target}' does not end in {Extension}, which a GGUF file's name should. Give it that ending, or write a Hugging Face folder (--format safetensors).");
        }

        List<FoldedMatrix> folded = OfOneType(EditFolding.All(
            folder, factors, engine, (stored, values) => asFloat32 || stored.Type == DType.F32 || Overflows(values) ? DType.F32 : DType.F16, cancellationToken));
        string full = Path.GetFullPath(target);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        folder.WriteGguf(full, FoldedMatrix.Tensors(folded), cancellationToken);
        return [.. folded.Select(f => f.Report())];
    }

    /// <summary>Whether a value is rounded to infinity in float16.</summary>
    internal static bool Overflows(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (float.IsFinite(value) && Half.IsInfinity((Half)value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The edited matrices of a stack are written in one type, as the stack is.</summary>
    private static List<FoldedMatrix> OfOneType(List<FoldedMatrix> folded)
    {
        HashSet<string> wide = [.. folded.Where(f => f.Type == DType.F32 && f.Base.Place is not null).Select(f => f.Base.Place!.Stack.Name)];
        return [.. folded.Select(f => f.Base.Place is { } place && wide.Contains(place.Stack.Name) ? f with { Type = DType.F32 } : f)];
    }
}
