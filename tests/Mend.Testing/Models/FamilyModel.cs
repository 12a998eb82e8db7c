using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Testing;

/// <summary>A tiny checkpoint in two shards, with edits made up for it from a fixed seed.</summary>
public sealed class FamilyModel : IDisposable
{
    private readonly string _name;

    /// <param name="name">Which checkpoint.</param>
    /// <param name="folder">Where it is; null for the source tree's.</param>
    /// <param name="engine">What it runs on; null for <see cref="ModelFixtures.Engine"/>.</param>
    public FamilyModel(string name, string? folder = null, IEngine? engine = null)
    {
        _name = name;
        Folder = ModelFolder.Open(folder ?? ModelFixtures.Folder(name));
        Chain = ModelFixtures.Load(Folder, 2, engine);
        Encoder = new ExampleEncoder(Architecture, NumberTokenizer.Of(name));
    }

    /// <summary>Every family that a tiny checkpoint exists of.</summary>
    public static TheoryData<string> All { get; } = new("gpt2", "gpt_neo", "gptj", "llama", "t5", "t5_v1_1", "bart", "bert_classifier", "families/mixtral", "families/deepseek_v3");

    /// <summary>The families of decoders that Hugging Face's values are recorded of, one folder of each kind of block.</summary>
    public static TheoryData<string> Decoders { get; } = new(
        "families/gemma2", "families/gemma3_text", "families/phi3", "families/gpt_neox", "families/opt", "families/opt_postnorm", "families/olmo2",
        "families/granite", "families/starcoder2", "families/smollm3", "families/gpt_bigcode", "families/stablelm", "families/stablelm_parallel",
        "families/falcon", "families/falcon_7b", "families/cohere_qk_norm", "families/cohere2", "families/mixtral", "families/qwen3_moe",
        "families/deepseek_v2", "families/deepseek_v3");

    public ModelFolder Folder { get; }

    public ModelArchitecture Architecture => Folder.Architecture;

    public ShardChain Chain { get; }

    public ExampleEncoder Encoder { get; }

    /// <summary>An editor of its default layers, not trained.</summary>
    public MendEditor NewEditor(EditorOptions options, int rank = 16) => new(Chain.Engine, Architecture, Architecture.DefaultEditedLayers, options with { Rank = rank }, seed: 3);

    /// <summary>A few edits to answers that the model does not give, each with a rephrase and two unrelated prompts.</summary>
    public async Task<IReadOnlyList<EditRecord>> RecordsAsync(int count)
    {
        Random random = new(17);
        List<EditRecord> records = [];
        while (records.Count < count)
        {
            string Text(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => random.Next(5, Math.Min(90, Architecture.Vocabulary))));
            string prompt = Text(6);
            string target = Architecture.Task == ModelTask.Classification ? await OppositeAsync(prompt) : Text(2);
            string Answer() => Architecture.Task == ModelTask.Classification ? "true" : Text(2);
            records.Add(new EditRecord
            {
                Id = $"{_name} {records.Count}",
                Prompt = prompt,
                Target = target,
                Rephrases = [$"{Text(1)} {prompt}"],
                Locality = [new PromptTarget(Text(5), Answer()), new PromptTarget(Text(7), Answer())],
            });
        }

        return records;
    }

    /// <summary>Logits of a prompt with an answer, under factors.</summary>
    public async Task<float[]> LogitsAsync(EditRecord record, IReadOnlyList<EditFactors> factors)
    {
        ExampleBatch batch = new([Encoder.Encode(record.Prompt, record.Target)], Architecture, Encoder.Padding);
        Pass pass = new() { Batch = batch.Inputs, Outputs = PassOutputs.Logits, Preview = factors };
        return (await Chain.RunAsync(pass, PassHooks.None, default)).Logits!.Data;
    }

    public void Dispose()
    {
        Chain.Dispose();
        Folder.Dispose();
    }

    /// <summary>The answer that a classifier does not give.</summary>
    private async Task<string> OppositeAsync(string prompt)
    {
        EncodedExample example = Encoder.Encode(prompt, "true");
        Pass pass = new() { Batch = new ModelBatch(1, example.InputIds), Outputs = PassOutputs.Logits };
        return (await Chain.RunAsync(pass, PassHooks.None, default)).Logits!.Data[0] > 0 ? "false" : "true";
    }
}
