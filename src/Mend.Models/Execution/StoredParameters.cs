using System.Globalization;
using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>
/// Finds parameters in a checkpoint, which need not spell their names as the families do, nor keep each in a tensor of its own. Checkpoints
/// of the bare model lack the first part of the names ("transformer.", "model.", "bert."); the authors' BERT classifier has "model." for
/// "bert."; checkpoints converted from TensorFlow have gamma and beta; of tables that are shared, some checkpoints hold another one's name;
/// and the experts of a mixture may lie one by one or all in one stack of matrices.
/// </summary>
public static class StoredParameters
{
    private const string Experts = ".experts.";

    /// <summary>A parameter.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="name">Full name.</param>
    /// <exception cref="CheckpointException">It is missing.</exception>
    public static StoredTensor Get(Checkpoint checkpoint, string name) => Find(checkpoint, name) ?? checkpoint.Get(name);

    /// <summary>A parameter, whose shape must be the one expected.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="name">Full name.</param>
    /// <param name="expected">The shape it must have.</param>
    /// <exception cref="CheckpointException">It is missing, or its shape differs.</exception>
    public static StoredTensor Get(Checkpoint checkpoint, string name, Shape expected) => Get(checkpoint, name).RequireShape(expected);

    /// <summary>Bytes of a parameter once it is loaded.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="parameter">The parameter.</param>
    /// <exception cref="CheckpointException">It is missing.</exception>
    public static long BytesOf(Checkpoint checkpoint, ParameterSpec parameter)
    {
        StoredTensor stored = Get(checkpoint, parameter.Name);
        return stored.Type.Loaded().BytesOf(stored.Shape.Length);
    }

    /// <summary>A parameter, or null when it is missing.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="name">Full name.</param>
    public static StoredTensor? Find(Checkpoint checkpoint, string name) =>
        Spellings(name).FirstOrDefault(checkpoint.Contains) is { } spelled ? checkpoint.Get(spelled) : Part(checkpoint, name);

    private static IEnumerable<string> Spellings(string name)
    {
        const string Bert = "bert.", Shared = "shared.weight", Norm = ".LayerNorm.";
        string bare = Bare(name);
        yield return name;
        yield return bare;
        if (name.StartsWith(Bert, StringComparison.Ordinal))
        {
            yield return "model." + bare;
            yield return Older(name);
            yield return Older(bare);
        }

        if (name.EndsWith(Shared, StringComparison.Ordinal))
        {
            string prefix = name[..^Shared.Length];
            yield return prefix + "encoder.embed_tokens.weight";
            yield return prefix + "decoder.embed_tokens.weight";
            yield return "encoder.embed_tokens.weight";
            yield return "decoder.embed_tokens.weight";
        }

        // Mixtral's published names, and those of Hugging Face's library from version 5 on.
        string newer = Newer(name);
        if (newer != name)
        {
            yield return newer;
            yield return Bare(newer);
        }

        static string Older(string name) => name
            .Replace(Norm + "weight", Norm + "gamma", StringComparison.Ordinal).Replace(Norm + "bias", Norm + "beta", StringComparison.Ordinal);
    }

    /// <summary>
    /// An expert's matrix in a stack, as Hugging Face's library keeps them in memory from version 5 on: "…experts.down_proj" [experts, out, in],
    /// and "…experts.gate_up_proj" [experts, 2·out, in], which has a gate's rows first and those of its other half after them.
    /// </summary>
    private static StoredTensor? Part(Checkpoint checkpoint, string name)
    {
        int at = name.IndexOf(Experts, StringComparison.Ordinal);
        string[] rest = at < 0 ? [] : name[(at + Experts.Length)..].Split('.');
        if (rest.Length != 3 || rest[2] != "weight" || !int.TryParse(rest[0], CultureInfo.InvariantCulture, out int expert))
        {
            return null;
        }

        (string stack, int half, int halves) = rest[1] switch
        {
            "gate_proj" or "w1" => ("gate_up_proj", 0, 2),
            "up_proj" or "w3" => ("gate_up_proj", 1, 2),
            "down_proj" or "w2" => ("down_proj", 0, 1),
            _ => ("", 0, 0),
        };
        string prefix = name[..(at + Experts.Length)];
        return halves > 0 && Spellings(prefix + stack).FirstOrDefault(checkpoint.Contains) is { } found
            ? Part(checkpoint.Get(found), name, expert, half, halves)
            : null;
    }

    private static StoredTensor Part(StoredTensor stack, string name, int expert, int half, int halves)
    {
        if (stack.Shape.Rank != 3 || expert >= stack.Shape[0] || stack.Shape[1] % halves != 0)
        {
            throw new CheckpointException(
                $"Tensor '{stack.Name}' in '{stack.File}' has shape {stack.Shape}; a stack of matrices [experts, {(halves > 1 ? "2 x outputs" : "outputs")}, inputs] " +
                $"with expert {expert} is wanted. Check that config.json belongs to these weights.");
        }

        int rows = stack.Shape[1] / halves;
        return stack.Part(name, expert, half * rows, rows);
    }

    private static string Bare(string name) => name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];

    private static string Newer(string name) => name.Replace(".block_sparse_moe.", ".mlp.", StringComparison.Ordinal);
}
