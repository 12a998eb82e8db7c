using System.Security.Cryptography;
using System.Text.Json;
using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// Computes everything that a file of recorded reference values holds (logits, hidden states, u, δ, factors, the edited
/// model, losses, editor gradients, one training step) and compares it.
/// </summary>
public sealed partial class ReferenceVerifier
{
    private const float EditWeight = 0.1f;
    private const float LocalityWeight = 1f;
    private static readonly string[] Judged = ["edit_inner", "edit_outer", "loc"];
    private static readonly string[] Preparing = ["norm_0", "norm_1", "norm_2"];

    private readonly IPassRunner _runner;
    private readonly SafetensorsFile _file;
    private readonly ModelFolder? _folder;
    private readonly IReadOnlyList<string> _layers;
    private readonly Dictionary<string, float[]> _computed = [];

    /// <summary>Prepares a comparison.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="file">The recorded values.</param>
    /// <param name="layers">Edited layers in the order of the recorded editor; null reads "inner_params" of a meta.json beside the file, else takes the file's order.</param>
    /// <param name="folder">The model's files, for recorded weights; null compares none.</param>
    public ReferenceVerifier(IPassRunner runner, SafetensorsFile file, IReadOnlyList<string>? layers = null, ModelFolder? folder = null)
    {
        _runner = runner;
        _file = file;
        _folder = folder;
        _layers = layers ?? LayersOf(file);
    }

    private ModelArchitecture Architecture => _runner.Architecture;

    /// <summary>Whether the file records an editor; without one it gives the factors of the edit.</summary>
    private bool HasEditor => _file.Tensors.Keys.Any(k => k.StartsWith("editor/", StringComparison.Ordinal));

    /// <summary>Computes and compares every recorded tensor.</summary>
    /// <param name="progress">Told what is being computed.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    public async Task<IReadOnlyList<ReferenceComparison>> RunAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        _computed.Clear();
        if (_file.Tensors.ContainsKey(PlainInputs))
        {
            await PlainAsync(progress, cancellationToken).ConfigureAwait(false);
        }

        await JudgeAsync("base", [], progress, cancellationToken).ConfigureAwait(false);
        if (_layers.Count > 0)
        {
            IReadOnlyList<LayerSignals> inner = await SignalsAsync("edit_inner", record: true, cancellationToken).ConfigureAwait(false);
            if (HasEditor)
            {
                await EditorAsync(inner, progress, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                IReadOnlyList<EditFactors> factors = RecordedFactors();
                Record("edit", factors, withUpdate: true);
                await JudgeAsync("post", factors, progress, cancellationToken).ConfigureAwait(false);
            }
        }

        return [.. _file.Tensors.Keys.Where(n => !IsGiven(n)).Select(Compare)];
    }

    /// <summary>SHA-256 over every computed tensor, in order of name: equal for equal bits. Call after <see cref="RunAsync"/>.</summary>
    public string Digest()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in _computed.Keys.Order(StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(_computed[name].AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private bool IsGiven(string name) => name.Split('/') switch
    {
        ["inputs", ..] or ["editor", ..] or [PlainInputs] => true,
        ["weights" or "rows", ..] => _folder is null,
        ["edit", .., "pseudo_u" or "pseudo_delta"] => !HasEditor,
        _ => false,
    };

    private static IReadOnlyList<string> LayersOf(SafetensorsFile file)
    {
        string meta = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file.Path))!, "meta.json");
        if (File.Exists(meta))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(meta));
            if (document.RootElement.TryGetProperty("inner_params", out JsonElement names) && names.ValueKind == JsonValueKind.Array)
            {
                return [.. names.EnumerateArray().Select(e => e.GetString() ?? "")];
            }
        }

        return [.. file.Tensors.Keys.Where(k => k.StartsWith("inner/", StringComparison.Ordinal) && k.EndsWith("/u", StringComparison.Ordinal)).Select(k => k[6..^2])];
    }

    /// <summary>Logits, metrics, hidden states and generation of the base or the edited model.</summary>
    private async Task JudgeAsync(
        string prefix, IReadOnlyList<EditFactors> factors, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        foreach (string name in Judged.Where(n => _file.Tensors.ContainsKey($"{prefix}/{n}/logits")))
        {
            progress?.Report($"{prefix} {name}");
            ReferenceBatch batch = ReferenceBatch.Read(_file, name, Architecture);
            List<(StageKind Kind, float[] Hidden)> states = [];
            PassHooks hooks = new()
            {
                StageDone = (stage, state) =>
                {
                    if (Architecture.Stages[stage].Kind != StageKind.Head)
                    {
                        states.Add((Architecture.Stages[stage].Kind, HostTensor.From(_runner.Engine, state.RequireHidden().Data).Data));
                    }
                },
            };
            Pass all = new() { Batch = batch.Inputs, Outputs = PassOutputs.Logits, Preview = factors };
            PassResult logits = await _runner.RunAsync(all, hooks, cancellationToken).ConfigureAwait(false);
            _computed[$"{prefix}/{name}/logits"] = logits.Logits!.Data;
            RecordHidden($"{prefix}/{name}", states);
            PassResult metrics = await _runner.RunAsync(
                all with { Outputs = PassOutputs.None, Objective = batch.Likelihood }, PassHooks.None, cancellationToken).ConfigureAwait(false);
            RecordMetrics($"{prefix}/{name}", batch, metrics);
        }

        if (_file.Tensors.TryGetValue($"{prefix}/generated", out StoredTensor? generated))
        {
            progress?.Report($"{prefix} generation");
            await GenerateAsync($"{prefix}/generated", generated.Shape, factors, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Hugging Face's lists: the embeddings, every block, and a final norm in place of the last block where there is one.</summary>
    private void RecordHidden(string prefix, List<(StageKind Kind, float[] Hidden)> states)
    {
        List<List<float[]>> stacks = [];
        foreach ((StageKind kind, float[] hidden) in states)
        {
            if (kind == StageKind.Embedding)
            {
                stacks.Add([]);
            }

            if (kind == StageKind.Norm)
            {
                stacks[^1].RemoveAt(stacks[^1].Count - 1);
            }

            stacks[^1].Add(hidden);
        }

        string[] names = stacks.Count == 1 ? ["hidden_states"] : ["encoder_hidden_states", "decoder_hidden_states"];
        for (int i = 0; i < stacks.Count; i++)
        {
            _computed[$"{prefix}/{names[i]}"] = [.. stacks[i].SelectMany(h => h)];
        }
    }

    private void RecordMetrics(string prefix, ReferenceBatch batch, PassResult result)
    {
        Objective labels = batch.Likelihood;
        int width = Architecture.Task == ModelTask.Classification ? 1 : batch.Inputs.OutputLength;
        double mean = result.TokenLogProbabilities.Average(p => (double)p);
        double right = labels.LikelihoodRows.Select((row, i) => (Row: row / width, Right: result.Predictions[i] == labels.LikelihoodTokens[i]))
            .GroupBy(r => r.Row).Average(g => g.All(r => r.Right) ? 1.0 : 0.0);
        _computed[$"{prefix}/nll"] = [(float)-mean];
        _computed[$"{prefix}/log_prob"] = [(float)mean];
        _computed[$"{prefix}/prob"] = [(float)result.TokenLogProbabilities.Average(p => Math.Exp(p))];
        _computed[$"{prefix}/acc"] = [(float)right];
        _computed[$"{prefix}/n_tokens"] = [labels.LikelihoodRows.Length];
    }

    private async Task GenerateAsync(string name, Shape shape, IReadOnlyList<EditFactors> factors, CancellationToken cancellationToken)
    {
        ReferenceBatch batch = ReferenceBatch.Read(_file, "generate", Architecture);
        TextGenerator generator = new(_runner);
        List<float> tokens = [];
        int length = batch.Inputs.Length;
        for (int row = 0; row < batch.Inputs.Size; row++)
        {
            int used = batch.Inputs.Mask is { } mask ? mask.AsSpan(row * length, length).Count(1) : length;
            int[] prompt = batch.Inputs.InputIds.AsSpan(row * length, used).ToArray();
            SamplingOptions greedy = new() { MaxNewTokens = shape.Last };
            await foreach (int token in generator.GenerateAsync(prompt, greedy, new HashSet<int>(), 0, factors, cancellationToken).ConfigureAwait(false))
            {
                tokens.Add(token);
            }
        }

        _computed[name] = [.. tokens];
    }

    private async Task<IReadOnlyList<LayerSignals>> SignalsAsync(string name, bool record, CancellationToken cancellationToken)
    {
        ReferenceBatch batch = ReferenceBatch.Read(_file, name, Architecture);
        Dictionary<string, SignalHook> hooks = _layers.ToDictionary(l => l, _ => new SignalHook());
        Pass pass = new()
        {
            Batch = batch.Inputs,
            Objective = batch.Likelihood,
            GradientFrom = GradientPass.FirstStage(Architecture, _layers),
        };
        await _runner.RunAsync(
            pass, new PassHooks { Layers = hooks.ToDictionary(h => h.Key, h => (ILayerHook)h.Value) }, cancellationToken).ConfigureAwait(false);
        List<LayerSignals> result = [];
        foreach (string layer in _layers)
        {
            (HostTensor u, HostTensor delta) = (hooks[layer].U!, hooks[layer].Delta!);
            LayerSignals signals = LayerSignals.Keep(layer, u, delta, 0, u.Shape[0]);
            result.Add(signals);
            if (record)
            {
                _computed[$"inner/{layer}/u"] = u.Data;
                _computed[$"inner/{layer}/delta"] = delta.Data;
                float[] mask = new float[u.Shape.Rows];
                Array.ForEach(signals.KeptRows, row => mask[row] = 1);
                _computed[$"inner/{layer}/row_mask"] = mask;
                _computed[$"inner/{layer}/grad"] = Outer(layer, signals.U, signals.Delta, signals.Rows, 1f);
            }
        }

        return result;
    }

    /// <summary>step · Σ δ uᵀ in the weight's own layout.</summary>
    private float[] Outer(string layer, float[] u, float[] delta, int rows, float step)
    {
        ParameterSpec spec = Architecture.Linear(layer);
        IEngine engine = _runner.Engine;
        using Tensor left = engine.FromHost(u, [rows, spec.In]);
        using Tensor right = engine.FromHost(delta, [rows, spec.Out]);
        using Tensor sum = spec.Layout == WeightLayout.InOut
            ? engine.MatMul(left, right, transposeA: true)
            : engine.MatMul(right, left, transposeA: true);
        return Array.ConvertAll(HostTensor.From(engine, sum).Data, v => step * v);
    }

    private ReferenceComparison Compare(string name)
    {
        double tolerance = ReferenceTolerance.For(name);
        StoredTensor stored = _file.Tensors[name];
        double[] expected = stored.Type is DType.I64 or DType.I32 ? Array.ConvertAll(stored.ToLongs(), v => (double)v) : stored.ToDoubles();
        if (!_computed.TryGetValue(name, out float[]? actual))
        {
            return new ReferenceComparison(name, double.PositiveInfinity, tolerance, "not computed");
        }

        if (actual.Length != expected.Length)
        {
            return new ReferenceComparison(name, double.PositiveInfinity, tolerance, $"{actual.Length} values, {expected.Length} expected");
        }

        Func<int, bool> counts = Counts(name, stored.Shape);
        double error = 0, scale = ReferenceTolerance.IsAbsolute(name) ? 1 : expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
        {
            if (counts(i) && !(Math.Abs(actual[i] - expected[i]) <= error))
            {
                error = Math.Abs(actual[i] - expected[i]);
                error = double.IsNaN(error) ? double.PositiveInfinity : error;
            }
        }

        return new ReferenceComparison(name, scale > 0 ? error / scale : error, tolerance, null);
    }

    /// <summary>Which elements of a recorded tensor are compared.</summary>
    private Func<int, bool> Counts(string name, Shape shape)
    {
        // The first step of Adam is a sign wherever the gradient is not tiny; there the reference itself is uncertain.
        if (ReferenceTolerance.IsAbsolute(name))
        {
            double[] gradient = _file.Get(name.Replace("/adam/", "/grad/", StringComparison.Ordinal)).ToDoubles();
            double largest = gradient.Max(Math.Abs);
            return i => Math.Abs(gradient[i]) > 1e-4 * largest;
        }

        // What a decoder computes at padding nobody reads, and sound implementations differ there: OPT's own counts positions by the mask.
        string? batch = Architecture.Task != ModelTask.Causal ? null : name.Split('/') switch
        {
            ["base" or "post", string judged, "logits" or "hidden_states"] => judged,
            ["inner", .., "u"] => "edit_inner",
            _ => null,
        };
        if (batch is null || !_file.Tensors.TryGetValue($"inputs/{batch}/attention_mask", out StoredTensor? stored))
        {
            return _ => true;
        }

        long[] mask = stored.ToLongs();
        int width = shape.Last;
        return i => mask[i / width % mask.Length] == 1;
    }
}
