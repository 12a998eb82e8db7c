namespace Mend.Cli.Mutations;

/// <summary>The kinds of files that people give to the command, and commands that read them.</summary>
internal static class Targets
{
    private const string Prompt = "the river king";

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["config", "index", "safetensors", "gguf", "tokenizer", "template", "records"];

    /// <summary>Files of one kind, or of all.</summary>
    /// <param name="workplace">Where they lie.</param>
    /// <param name="kind">The kind; null for all.</param>
    public static ILookup<string, Target> Of(Workplace workplace, string? kind)
    {
        string gpt2 = workplace.Tiny("gpt2", "gpt2_bpe", 1000), t5 = workplace.Tiny("t5", "t5_unigram", 808), bert = workplace.Tiny("bert_classifier", "bert_wordpiece", 900);
        string vocabulary = workplace.Tiny("gpt2", "gpt2_bpe", 1000, "tokenizer.json"), pieces = workplace.Tiny("t5", "t5_unigram", 808, "tokenizer.json");
        string words = workplace.Tiny("bert_classifier", "bert_wordpiece", 900, "tokenizer.json");
        List<Target> all = [];
        foreach (string folder in new[] { gpt2, t5, bert })
        {
            all.AddRange(new[] { "config.json" }.Select(f => Json("config", folder, f, Reading(folder))));
            all.Add(new Target("safetensors", Path.Combine(folder, "model.safetensors"), SafetensorsDamage.Apply, Reading(folder)));
        }

        foreach (string folder in Directory.EnumerateDirectories(Fixtures.Path("models", "families")).Order(StringComparer.Ordinal).Select(f => workplace.Copy("models", "families", Path.GetFileName(f))))
        {
            all.Add(Json("config", folder, "config.json", Planning(folder)));
        }

        string sharded = workplace.Copy("models", "gpt2_sharded");
        all.Add(Json("index", sharded, "model.safetensors.index.json", Planning(sharded)));
        foreach ((string folder, string file) in new[]
        {
            (gpt2, "tokenizer.json"), (t5, "tokenizer.json"), (bert, "tokenizer.json"), (gpt2, "tokenizer_config.json"), (t5, "tokenizer_config.json"),
            (t5, "special_tokens_map.json"), (vocabulary, "vocab.json"),
        })
        {
            all.Add(Json("tokenizer", folder, file, Reading(folder)));
        }

        foreach ((string folder, string file) in new[] { (vocabulary, "merges.txt"), (words, "vocab.txt"), (pieces, "spiece.model") })
        {
            all.Add(new Target("tokenizer", Path.Combine(folder, file), ByteDamage.Apply, Reading(folder)));
        }

        foreach (string name in new[] { "q4_k", "q8_0", "f16", "gpt2", "qwen2", "llama3_rope" })
        {
            string file = Path.Combine(workplace.Copy("gguf", name), "model.gguf");
            all.Add(new Target("gguf", file, GgufDamage.Apply, Reading(file)));
        }

        foreach (string family in new[] { "deepseek_v2", "deepseek_v3", "falcon", "gemma3_text", "gpt_neox", "mixtral", "phi3_longrope", "stablelm_parallel" })
        {
            string file = workplace.Gguf(family);
            all.Add(new Target("gguf", file, GgufDamage.Apply, Reading(file)));
        }

        foreach (string template in Workplace.ChatTemplates())
        {
            string file = workplace.Write("template.jinja", template);
            all.Add(new Target("template", file, TemplateDamage.Apply, [["generate", Prompt, "--model", gpt2, "--max-tokens", "1", "--chat", "--chat-template", file, "--system", "Be brief."]]));
        }

        string records = workplace.Copy("records");
        foreach (string file in Directory.EnumerateFiles(records).Where(f => Path.GetExtension(f) is ".json" or ".jsonl").Order(StringComparer.Ordinal))
        {
            string model = Path.GetFileName(file).StartsWith("fever", StringComparison.Ordinal) ? bert : gpt2;
            all.Add(new Target("records", file, RecordDamage.Apply, [["eval", "--model", model, "--method", "ft", "--edits", file, "--limit", "1", "--rate", "1e3"]]));
        }

        return all.Where(t => kind is null || t.Kind == kind).ToLookup(t => t.Kind);
    }

    private static Target Json(string kind, string folder, string file, string[][] commands) => new(kind, Path.Combine(folder, file), JsonDamage.Apply, commands);

    /// <summary>Commands that read everything of a model.</summary>
    private static string[][] Reading(string model) =>
        [["generate", Prompt, "--model", model, "--max-tokens", "2"], ["generate", Prompt, "--model", model, "--max-tokens", "2"], ["doctor", "--model", model], ["plan", "--model", model]];

    private static string[][] Planning(string model) => [["plan", "--model", model]];
}
