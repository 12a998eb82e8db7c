using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>What a pass brings back beside the values of its objective.</summary>
[Flags]
public enum PassOutputs
{
    /// <summary>Nothing more.</summary>
    None = 0,

    /// <summary>Logits of <see cref="Pass.OutputRows"/>.</summary>
    Logits = 1,

    /// <summary>log softmax of the same.</summary>
    LogProbabilities = 2,
}

/// <summary>One trip of a batch through the shards: forward, or forward and backward.</summary>
public sealed record Pass
{
    /// <summary>The batch.</summary>
    public required ModelBatch Batch { get; init; }

    /// <summary>What is computed from the logits, and differentiated.</summary>
    public Objective Objective { get; init; } = Objective.None;

    /// <summary>
    /// Lowest stage for which gradients are needed, or null for a forward pass. Stages below it record no tape.
    /// </summary>
    public int? GradientFrom { get; init; }

    /// <summary>What to bring back.</summary>
    public PassOutputs Outputs { get; init; }

    /// <summary>
    /// Rows that <see cref="Outputs"/> speaks of; null means all. Must be null or empty when there is an objective. Where tokens are chosen for
    /// <see cref="Texts"/>, the rows are those that they are chosen from, in the order of the texts.
    /// </summary>
    public int[]? OutputRows { get; init; }

    /// <summary>The version to read; 0 is the base model.</summary>
    public long Version { get; init; }

    /// <summary>Factors between the version and <see cref="Preview"/>: edits of the same batch that come first.</summary>
    public IReadOnlyList<EditFactors> Before { get; init; } = [];

    /// <summary>Factors laid over the version for this pass only (a preview).</summary>
    public IReadOnlyList<EditFactors> Preview { get; init; } = [];

    /// <summary>One factor per batch row on <see cref="Preview"/>'s change, to try several strengths at once; null means 1.</summary>
    public float[]? PreviewScales { get; init; }

    /// <summary>
    /// Names of drafts, one per batch row: each shard keeps what its editors make of that row's u and δ under the name, so that
    /// signals and factors stay where the layers live. Empty keeps nothing.
    /// </summary>
    public IReadOnlyList<string> Drafts { get; init; } = [];

    /// <summary>The editor that makes <see cref="Drafts"/>; null where the shards have but one.</summary>
    public EditorReference? Editor { get; init; }

    /// <summary>Kept drafts between the version and <see cref="DraftOnTop"/>, in this order; as <see cref="Before"/>, but the shards have the factors.</summary>
    public IReadOnlyList<KeptDraft> DraftsBefore { get; init; } = [];

    /// <summary>
    /// A kept draft in place of <see cref="Preview"/>. A pass that begins at its first edited stage needs no <see cref="Start"/>: the
    /// shard has kept what entered that stage.
    /// </summary>
    public KeptDraft? DraftOnTop { get; init; }

    /// <summary>First stage to run; stages before it are skipped and <see cref="Start"/> stands for their output.</summary>
    public int StartStage { get; init; }

    /// <summary>Hidden states entering <see cref="StartStage"/>; null when it is 0.</summary>
    public HostTensor? Start { get; init; }

    /// <summary>The encoder's output entering <see cref="StartStage"/>, where there is one.</summary>
    public HostTensor? StartEncoder { get; init; }

    /// <summary>
    /// Texts in generation that the batch's rows belong to, one behind the other: the batch has one row, of all their new tokens. A pass that encodes has
    /// one text only. Empty outside generation.
    /// </summary>
    public IReadOnlyList<TextRows> Texts { get; init; } = [];

    /// <summary>Rows that tokens of <see cref="Texts"/> are chosen from: the last ones of the texts that want one.</summary>
    public int[] ChoiceRows()
    {
        List<int> rows = [];
        int end = 0;
        foreach (TextRows text in Texts)
        {
            end += text.Count;
            if (text.Choice is not null)
            {
                rows.Add(end - 1);
            }
        }

        return [.. rows];
    }
}

/// <summary>Factors of one edit that the shards keep under a name until they are committed or discarded.</summary>
/// <param name="Name">The name.</param>
/// <param name="Strength">A factor on the edit's steps.</param>
/// <param name="Shards">Indices of the shards that own a layer of the edit, ascending.</param>
public sealed record KeptDraft(string Name, float Strength, IReadOnlyList<int> Shards);

/// <summary>A tensor in host memory.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="Data">Row-major; not changed after construction.</param>
public sealed record HostTensor(Shape Shape, float[] Data)
{
    /// <summary>Copies a tensor to the host.</summary>
    /// <param name="engine">The tensor's engine.</param>
    /// <param name="tensor">The tensor.</param>
    public static HostTensor From(IEngine engine, Tensor tensor)
    {
        float[] data = new float[tensor.Shape.Length];
        engine.ToHost(tensor, data);
        return new HostTensor(tensor.Shape, data);
    }
}

/// <summary>What a pass brings back.</summary>
public sealed record PassResult
{
    /// <summary>Σ w·(−log p(token)).</summary>
    public double Likelihood { get; init; }

    /// <summary>Σ w·KL(reference ‖ p).</summary>
    public double Divergence { get; init; }

    /// <summary>log p(token) of each likelihood row.</summary>
    public float[] TokenLogProbabilities { get; init; } = [];

    /// <summary>The most likely token of each likelihood row.</summary>
    public int[] Predictions { get; init; } = [];

    /// <summary>Logits, if asked for: [rows, vocabulary].</summary>
    public HostTensor? Logits { get; init; }

    /// <summary>Log-probabilities, if asked for: [rows, vocabulary].</summary>
    public HostTensor? LogProbabilities { get; init; }

    /// <summary>What became of each of <see cref="Pass.Texts"/>.</summary>
    public IReadOnlyList<TextResult> Texts { get; init; } = [];
}

/// <summary>
/// Objects that take part in a pass where the layers live. To shards in other processes only <see cref="ITravellingHook"/>s and
/// <see cref="Entering"/> go, as orders whose reports come back; other hooks are refused there.
/// </summary>
public sealed record PassHooks
{
    /// <summary>No hooks.</summary>
    public static readonly PassHooks None = new();

    /// <summary>Wrappers by the full name of the layer's matrix.</summary>
    public IReadOnlyDictionary<string, ILayerHook> Layers { get; init; } = new Dictionary<string, ILayerHook>();

    /// <summary>Called with each stage's number and output, in order; must not keep the values. In this process only.</summary>
    public Action<int, StageState>? StageDone { get; init; }

    /// <summary>Keeps the chain's state in front of one stage; null keeps none.</summary>
    public EnteringStates? Entering { get; init; }
}
