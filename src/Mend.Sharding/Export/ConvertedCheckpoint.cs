using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// Writes a GGUF model, edited or not, as a Hugging Face folder: matrices dequantised to float16 under the family's names and in its order
/// of rows, vectors in float32, and the configuration, tokenizer and chat template that the file holds.
/// </summary>
public static class ConvertedCheckpoint
{
    /// <summary>Writes the folder; it appears complete or not at all.</summary>
    /// <param name="folder">The base model, a GGUF file.</param>
    /// <param name="factors">Active edits, oldest first.</param>
    /// <param name="engine">Where to fold.</param>
    /// <param name="target">A folder that does not exist yet.</param>
    /// <param name="asFloat32">Writes matrices as f32 too; so is a model with a value that is too large for float16.</param>
    /// <param name="cancellationToken">Looked at between tensors; nothing is left behind.</param>
    /// <returns>The edited tensors.</returns>
    /// <exception cref="IOException">The target exists or cannot be written.</exception>
    public static IReadOnlyList<ExportedTensor> Write(
        ModelFolder folder, IReadOnlyList<EditFactors> factors, IEngine engine, string target, bool asFloat32, CancellationToken cancellationToken)
    {
        NewFolder.ThrowIfThere(target, "folder");
        List<FoldedMatrix> folded = EditFolding.All(
            folder, factors, engine, (_, values) => asFloat32 || EditedGguf.Overflows(values) ? DType.F32 : DType.F16, cancellationToken);
        DType type = asFloat32 || folded.Exists(f => f.Type == DType.F32) ? DType.F32 : DType.F16;
        NewFolder.Write(target, temporary =>
        {
            try
            {
                Write(folder, folded, temporary, type, cancellationToken);
            }
            catch (TooLargeException)
            {
                type = DType.F32;
                Write(folder, folded, temporary, type, cancellationToken);
            }
        });
        return [.. folded.Select(f => (f with { Type = type }).Report())];
    }

    private static void Write(ModelFolder folder, List<FoldedMatrix> folded, string target, DType type, CancellationToken cancellationToken)
    {
        foreach ((string name, byte[] bytes) in folder.HuggingFaceFiles(type))
        {
            File.WriteAllBytes(Path.Combine(target, name), bytes);
        }

        Dictionary<string, FoldedMatrix> edited = folded.ToDictionary(f => f.Base.Name, StringComparer.Ordinal);
        SafetensorsWriter.Write(
            Path.Combine(target, Checkpoint.SingleFile),
            folder.Architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name).Select(parameter =>
            {
                StoredTensor stored = StoredParameters.Get(folder.Checkpoint, parameter.Name, parameter.Stored);
                StoredTensor values = edited.TryGetValue(stored.Name, out FoldedMatrix? matrix) ? StoredTensor.FromFloats(stored.Name, stored.Shape, matrix.Values, stored.File) : stored;
                return Tensor(parameter.Name, values, folder.OrderOf(parameter.Name), type, cancellationToken);
            }),
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    private static TensorData Tensor(string name, StoredTensor stored, TensorOrder order, DType type, CancellationToken cancellationToken)
    {
        DType own = stored.Shape.Rank == 1 ? DType.F32 : type;
        return new TensorData(name, own, order.Of(stored.Shape), stream =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            order.Read(stored, run =>
            {
                if (own == DType.F16 && EditedGguf.Overflows(run))
                {
                    throw new TooLargeException();
                }

                TensorData.FromFloats(name, [run.Length], run.ToArray(), own).Write(stream);
            });
            stored.Forget(0, stored.ByteLength);
        });
    }

    /// <summary>A value does not fit into float16.</summary>
    private sealed class TooLargeException : Exception;
}
