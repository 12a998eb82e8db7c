using Mend.Editing.Tests.Methods;
using Mend.Tensors;

namespace Mend.Editing.Tests;

/// <summary>Some edits of the tiny GPT-2, ready for a training step of an editor.</summary>
internal sealed class TrainingSetup
{
    /// <summary>Edits of different lengths, each with a rephrase and an unrelated prompt.</summary>
    public static readonly IReadOnlyList<EditRecord> Records = [.. Enumerable.Range(0, 12).Select(Record)];

    private readonly Gpt2Fixture _model;
    private readonly Pass _pass;

    private TrainingSetup(Gpt2Fixture model, IReadOnlyList<TrainingExample> examples, Pass pass)
    {
        _model = model;
        Examples = examples;
        _pass = pass;
    }

    public static TrainingOptions Options { get; } = new() { EditWeight = 1f, RephrasesPerEdit = 1, LocalityPerEdit = 1, EditsPerStep = 2 };

    public IReadOnlyList<TrainingExample> Examples { get; }

    /// <summary>An encoder that needs no tokenizer file: texts are ids.</summary>
    public static ExampleEncoder Encoder(Gpt2Fixture model) => new(model.Architecture, new StubTokenizer());

    /// <summary>Prepares two edits and the statistics of an editor, whitening included.</summary>
    public static async Task<TrainingSetup> MakeAsync(Gpt2Fixture model, MendEditor editor)
    {
        FrozenCache cache = new(model.Chain, Encoder(model), Records, editor, Options);
        Dictionary<string, List<float>> inputs = editor.Layers.ToDictionary(l => l.Name, _ => new List<float>());
        cache.InputsSeen = (layer, rows) => inputs[layer].AddRange(rows);
        IReadOnlyList<TrainingExample> examples = await cache.GetAsync([0, 1], default);
        foreach (LayerSignals signals in examples.SelectMany(e => e.Signals))
        {
            editor.Observe(signals);
        }

        if (editor.Options.Whitening > 0)
        {
            editor.ObserveInputs(inputs.ToDictionary(i => i.Key, i => i.Value.ToArray()));
        }

        Pass pass = TrainingBatch.Build(
            model.Architecture, [.. examples.Select(e => (e.Wanted, e.Unrelated))], Options, examples.Count, cache.FirstStage, Gpt2Fixture.Padding);
        return new TrainingSetup(model, examples, pass);
    }

    /// <summary>The loss of a step and its gradient, statistics at rest.</summary>
    public async Task<(double Loss, Dictionary<string, float[]> Gradients)> StepAsync(MendEditor editor)
    {
        using FactorStage stage = new(editor, [.. Examples.Select(e => e.Signals)], observe: false);
        PassResult result = await _model.Chain.RunAsync(_pass, stage.Hooks(), default);
        stage.Collect();
        Dictionary<string, float[]> gradients = [];
        foreach ((string name, Tensor gradient) in stage.Gradients())
        {
            using (gradient)
            {
                gradients[name] = HostTensor.From(_model.Chain.Engine, gradient).Data;
            }
        }

        return (result.Likelihood + result.Divergence, gradients);
    }

    private static EditRecord Record(int number)
    {
        Random random = new(100 + number);
        string Text(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => random.Next(1, 96)));
        return new EditRecord
        {
            Id = $"edit {number}",
            Prompt = Text(3 + (number % 4)),
            Target = Text(1 + (number % 2)),
            Rephrases = [Text(4)],
            Locality = [new PromptTarget(Text(5), Text(2))],
        };
    }
}
