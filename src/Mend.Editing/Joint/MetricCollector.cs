using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>What metrics are made from: second moments of a model's layer inputs.</summary>
/// <param name="Edits">Edits such as will be made; only the rows count that would be shifted, so with <see cref="JointRows.Subject"/> only those that name their subject.</param>
/// <param name="Protected">Prompts with their answers that shall stay; every token but the first counts.</param>
/// <param name="Text">Ordinary text; every token but the first of a piece counts.</param>
public sealed record MetricData(IReadOnlyList<MetricEdit> Edits, IReadOnlyList<PromptTarget> Protected, string Text);

/// <summary>An edit such as will be made.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Target">The new answer.</param>
/// <param name="Subject">Part of the prompt; null where nobody says.</param>
public sealed record MetricEdit(string Prompt, string Target, string? Subject);

/// <summary>
/// Makes the editor of the joint method: runs prompts and text through the model, up to the last edited layer's block at most, and takes
/// the second moment of each edited layer's inputs. The first token of a sequence is left out: its inputs are enormous, whatever the text.
/// </summary>
/// <param name="runner">The model.</param>
/// <param name="encoder">Its encoder.</param>
/// <param name="tokenize">Token ids of plain text.</param>
public sealed class MetricCollector(IPassRunner runner, ExampleEncoder encoder, Func<string, int[]> tokenize)
{
    private const int SequencesPerPass = 16;
    private const int TokensPerPiece = 128;

    /// <summary>Of each kind, so that the measurement takes minutes and not hours: more inputs change the moments little.</summary>
    private const int MostSequences = 3000;

    private const int MostTokens = 12288;

    /// <summary>Prompts to protect that go with the editor.</summary>
    private const int MostKept = 1000;

    /// <summary>Collects.</summary>
    /// <param name="layers">Full names of the layers to edit.</param>
    /// <param name="options">The weights of the kinds of input.</param>
    /// <param name="data">Prompts and text; at least one of the kinds that have a weight.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <exception cref="EditRequestException">There is nothing to collect from, or a prompt cannot be used.</exception>
    public async Task<JointEditor> RunAsync(
        IReadOnlyList<string> layers, JointOptions options, MetricData data, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        options.Validate();
        JointEditor.CheckTask(runner.Architecture);
        List<EncodedExample> edits = [], rest = [], pieces = [];
        List<int[]> rows = [];
        foreach (MetricEdit edit in data.Edits.Take(MostSequences))
        {
            if (options.Rows == JointRows.Answer)
            {
                edits.Add(encoder.Encode(edit.Prompt, edit.Target));
                rows.Add([.. edits[^1].TargetRows.Where(r => r > 0)]);
            }
            else if (edit.Subject is not null && encoder.SubjectRow(edit.Prompt, edit.Subject) is { } row)
            {
                edits.Add(Sequence(encoder.EncodePrompt(edit.Prompt)));
                rows.Add([row]);
            }
        }

        rest.AddRange(data.Protected.Take(MostSequences).Select(p => encoder.Encode(p.Text, p.Target)));
        pieces.AddRange(tokenize(data.Text).Take(MostTokens).Chunk(Math.Min(TokensPerPiece, runner.Architecture.MaxPositions ?? TokensPerPiece)).Where(c => c.Length > 1).Select(Sequence));
        (float Weight, List<EncodedExample> Sequences, Func<int, IEnumerable<int>> Rows)[] kinds =
        [
            (options.EditWeight, edits, i => rows[i]),
            (options.ProtectedWeight, rest, i => Enumerable.Range(1, rest[i].InputIds.Length - 1)),
            (options.TextWeight, pieces, i => Enumerable.Range(1, pieces[i].InputIds.Length - 1)),
        ];
        double all = kinds.Sum(k => k.Weight > 0 ? k.Sequences.Count : 0), done = 0;
        if (all == 0)
        {
            throw new EditRequestException("There is nothing to learn the layers' inputs from; give edits whose records name their subject, or text.");
        }

        Dictionary<string, double[]>? inputs = null;
        Dictionary<string, double[]> moments = layers.ToDictionary(l => l, l => new double[(long)runner.Architecture.Linear(l).In * runner.Architecture.Linear(l).In]);
        foreach ((float weight, List<EncodedExample> sequences, Func<int, IEnumerable<int>> wanted) in kinds.Where(k => k.Weight > 0 && k.Sequences.Count > 0))
        {
            double count = Enumerable.Range(0, sequences.Count).Sum(i => wanted(i).Count());
            foreach (int[] some in Enumerable.Range(0, sequences.Count).OrderBy(i => sequences[i].InputIds.Length).Chunk(SequencesPerPass))
            {
                await AddAsync(layers, [.. some.Select(i => sequences[i])], [.. some.Select(i => wanted(i).ToArray())], weight / count, moments, cancellationToken).ConfigureAwait(false);
                progress?.Report((done += some.Length) / all);
            }

            // The first kind that there is, the edits' own rows unless there are none, says how large the inputs of edits are.
            inputs ??= moments.ToDictionary(m => m.Key, m => Array.ConvertAll(m.Value, v => v / weight));
        }

        return new JointEditor(
            runner.Architecture,
            [.. layers.Select(l => KeyValuePair.Create(l, InputMetric.Of(moments[l], runner.Architecture.Linear(l).In, options.Ridge).Scaled(inputs![l], options.Reach)))],
            options,
            [.. data.Protected.Take(MostKept)]);
    }

    private static EncodedExample Sequence(int[] ids) => new() { InputIds = ids, TargetRows = [], TargetTokens = [] };

    private async Task AddAsync(
        IReadOnlyList<string> layers, IReadOnlyList<EncodedExample> sequences, int[][] rows, double weight, Dictionary<string, double[]> moments, CancellationToken cancellationToken)
    {
        ExampleBatch batch = new(sequences, runner.Architecture, encoder.Padding);
        int[] flat = [.. rows.SelectMany((own, i) => own.Select(r => (i * batch.Inputs.OutputLength) + r))];
        PassHooks hooks = new()
        {
            Layers = layers.ToDictionary(l => l, l => (ILayerHook)new InputHook(flat, seen => Add(runner.Engine, moments[l], seen, runner.Architecture.Linear(l).In, weight))),
        };
        await runner.RunAsync(new Pass { Batch = batch.Inputs, Outputs = PassOutputs.Logits, OutputRows = [0] }, hooks, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Adds weight · XᵀX.</summary>
    private static void Add(IEngine engine, double[] moment, float[] seen, int size, double weight)
    {
        if (seen.Length == 0)
        {
            return;
        }

        using Tensor x = engine.FromHost(seen, [seen.Length / size, size]);
        using Tensor product = engine.MatMul(x, x, transposeA: true);
        float[] host = HostTensor.From(engine, product).Data;
        for (int i = 0; i < host.Length; i++)
        {
            moment[i] += weight * host[i];
        }
    }
}
