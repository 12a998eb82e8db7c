using System.Text.Encodings.Web;
using System.Text.Json;
using Mend.Editing;
using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Testing;

/// <summary>
/// A copy of a tiny GPT-2 with a tokenizer of single characters and an editor: networks that were trained on three edits, or one of the
/// joint method. Deleted with the object.
/// </summary>
public sealed class EditableFolder : IDisposable
{
    /// <summary>Edits that the base model does not know.</summary>
    public static readonly EditRequest[] Edits = [new("the sky is", "red"), new("two and two", "5"), new("a cat says", "moo")];

    /// <summary>The layers of <see cref="Joint"/>.</summary>
    public static readonly string[] JointLayers = [.. Enumerable.Range(0, 3).Select(b => $"transformer.h.{b}.mlp.c_proj.weight")];

    /// <summary>Layers of so few inputs have no room beside what text uses, so text weighs little here.</summary>
    public static readonly JointOptions JointSettings = new() { Confidence = 0.8f, TextWeight = 1, EditWeight = 2, ProtectedWeight = 0, Ridge = 0.001f, Reach = 1000, Rate = 0.2f, Decay = 0 };

    private static readonly string[] JointSubjects = ["sky", "sea", "king", "moon", "river", "house", "tree", "stone"];

    private const string EndOfText = "<|endoftext|>";

    public EditableFolder()
        : this("gpt2")
    {
    }

    private EditableFolder(string name, JointOptions? joint = null)
    {
        Root = Directory.CreateTempSubdirectory("mend-editable-").FullName;
        Model = Path.Combine(Root, name);
        Directory.CreateDirectory(Model);
        foreach (string file in Directory.EnumerateFiles(ModelFixtures.Folder(name)).Where(f => Path.GetFileName(f) is not ("expected.safetensors" or "meta.json")))
        {
            File.Copy(file, Path.Combine(Model, Path.GetFileName(file)));
        }

        WriteTokenizer();
        Editor = Path.Combine(Root, "editor.safetensors");
        if (joint is not null)
        {
            Sharpen();
            WriteJointEditor(joint);
        }
        else
        {
            WriteEditor();
        }
    }

    /// <summary>Gives the model an editor of the joint method, for layers of three blocks.</summary>
    /// <param name="rows">Where its edits shift.</param>
    public static EditableFolder Joint(JointRows rows = JointRows.Subject) => new("gpt2", JointSettings with { Rows = rows, WholeShift = rows == JointRows.Answer });

    /// <summary>Copies another tiny checkpoint of the same model.</summary>
    /// <param name="name">"gpt2_sharded" or "gpt2_bf16".</param>
    public static EditableFolder Of(string name) => new(name);

    /// <summary>A folder for whatever a test writes.</summary>
    public string Root { get; }

    /// <summary>The model folder.</summary>
    public string Model { get; }

    /// <summary>The editor file.</summary>
    public string Editor { get; }

    /// <summary>Opens the model on an engine of its own.</summary>
    public Task<EmbeddedModel> OpenAsync(string? ledger = null, bool editor = true, int shards = 2, int foldRank = ModelShard.DefaultFoldRank) =>
        EmbeddedModel.OpenAsync(Options(ledger, editor, shards, foldRank));

    public EmbeddedModelOptions Options(string? ledger = null, bool editor = true, int shards = 2, int foldRank = ModelShard.DefaultFoldRank) => new()
    {
        ModelFolder = Model,
        EditorFile = editor ? Editor : null,
        LedgerFolder = ledger,
        Shards = shards,
        Shard = new ShardOptions { FoldRank = foldRank },
        Engine = new CpuEngine(new CpuEngineOptions { Threads = 1 }),
    };

    /// <summary>A new folder name below <see cref="Root"/>.</summary>
    public string NewName() => Path.Combine(Root, Guid.NewGuid().ToString("n"));

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private void WriteTokenizer()
    {
        Dictionary<string, int> vocabulary = new(StringComparer.Ordinal) { [EndOfText] = 0, ["Ġ"] = 1 };
        for (char c = '!'; c <= '~'; c++)
        {
            vocabulary.Add(c.ToString(), vocabulary.Count);
        }

        var byteLevel = new { type = "ByteLevel", add_prefix_space = false, trim_offsets = true, use_regex = true };
        object tokenizer = new
        {
            added_tokens = (object[])[new { id = 0, content = EndOfText, single_word = false, lstrip = false, rstrip = false, normalized = false, special = true }],
            pre_tokenizer = byteLevel,
            decoder = byteLevel,
            model = new { type = "BPE", vocab = vocabulary, merges = Array.Empty<string>() },
        };
        JsonSerializerOptions options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        File.WriteAllText(Path.Combine(Model, "tokenizer.json"), JsonSerializer.Serialize(tokenizer, options));
        File.WriteAllText(
            Path.Combine(Model, "tokenizer_config.json"),
            JsonSerializer.Serialize(new { tokenizer_class = "GPT2Tokenizer", eos_token = EndOfText }, options));
    }

    private void WriteEditor()
    {
        using ModelFolder folder = ModelFolder.Open(Model);
        using ShardChain chain = ModelFixtures.Load(folder, 1);
        using MendEditor editor = new(chain.Engine, folder.Architecture, folder.Architecture.DefaultEditedLayers, new EditorOptions { Rank = 16 }, seed: 3);
        List<EditRecord> records = [.. Edits.Select((e, i) => new EditRecord
        {
            Id = e.Prompt,
            Prompt = e.Prompt,
            Target = e.Target,
            Rephrases = [$"so {e.Prompt}"],
            Locality = [.. Edits.Where(other => other != e).Select(other => new PromptTarget(other.Prompt, "xyz"))],
        })];
        TrainingOptions options = new()
        {
            Steps = 80,
            EditsPerStep = 3,
            EditsPerPass = 3,
            Rate = 3e-3f,
            VectorRateFactor = 1,
            StepRate = 1e-2f,
            RephrasesPerEdit = 1,
            LocalityPerEdit = 2,
            LocalityPositions = LocalityPositions.All,
            StatisticsEdits = 3,
            EditWeight = 1f,
        };
        using EditorTrainer trainer = new(chain, new ExampleEncoder(folder.Architecture, folder.Tokenizer), editor, records, [], options, TimeProvider.System);
        trainer.RunAsync(null, null, default).GetAwaiter().GetResult();
        EditorFile.Save(Editor, editor, folder.Fingerprint());
    }

    /// <summary>Makes the logits of random weights larger, so that the model can become sure of something at all.</summary>
    private void Sharpen()
    {
        string file = Path.Combine(Model, "model.safetensors"), sharpened = file + ".new";
        using (SafetensorsFile weights = SafetensorsFile.Open(file))
        {
            SafetensorsWriter.Write(sharpened, [.. weights.Tensors.Values.Select(t => t.Name == "transformer.ln_f.weight"
                ? TensorData.FromFloats(t.Name, t.Shape, t.ToFloats().Select(v => 5 * v).ToArray())
                : TensorData.FromStored(t))]);
        }

        File.Move(sharpened, file, overwrite: true);
    }

    private void WriteJointEditor(JointOptions options)
    {
        using ModelFolder folder = ModelFolder.Open(Model);
        using ShardChain chain = ModelFixtures.Load(folder, 1);
        MetricData data = new(
            [.. JointSubjects.Select(s => new MetricEdit($"the {s} is", "red", s)), new("two and two", "5", "two"), new("a cat says", "moo", "cat")],
            [.. Edits.Select(e => new PromptTarget($"so {e.Prompt}", "xyz"))],
            string.Concat(Enumerable.Repeat("the quick brown fox jumps over the lazy dog, and then it sleeps. ", 3)));
        MetricCollector collector = new(chain, new ExampleEncoder(folder.Architecture, folder.Tokenizer), text => folder.Tokenizer.Encode(text));
        using JointEditor editor = collector.RunAsync(JointLayers, options, data, null, default).GetAwaiter().GetResult();
        EditorFile.Save(Editor, editor, folder.Fingerprint());
    }
}
