using System.Text.Json;
using Mend.Tensors;

namespace Mend.Testing;

/// <summary>
/// Writes tiny Hugging Face checkpoints as GGUF files, the way that llama.cpp's converter is published to: names, permuted rows, gains
/// with one added, experts in stacks. Written from the checkpoint's side, so that it shares nothing with what reads such files.
/// </summary>
public sealed class GgufConversion : IDisposable
{
    private readonly Checkpoint _checkpoint;
    private readonly JsonElement _config;
    private readonly string _arch;
    private readonly GgufBuilder _file = new();
    private readonly Dictionary<string, string> _names;

    private GgufConversion(string folder, bool splitKeys, ExpertForm experts)
    {
        _checkpoint = Checkpoint.Open(folder);
        _config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json"))).RootElement;
        SplitKeys = splitKeys;
        Experts = experts;
        (_arch, _names) = Architecture(Text("model_type"));
    }

    /// <summary>The folders of fixtures/models/families that the converter has an architecture for.</summary>
    public static IReadOnlyList<string> Families { get; } =
    [
        "cohere", "cohere2", "cohere_qk_norm", "deepseek_v2", "deepseek_v3", "falcon", "falcon_7b", "gemma2", "gemma3_text", "gemma3_text_linear",
        "gpt_bigcode", "gpt_neox", "gpt_neox_sequential", "granite", "llama_rope_linear", "llama_rope_llama3", "mixtral", "olmo2", "phi3", "phi3_longrope", "qwen3_moe",
        "stablelm", "stablelm_parallel", "starcoder2",
    ];

    /// <summary>Whether latent attention's second matrix is written in two, as converters do since 2025.</summary>
    private bool SplitKeys { get; }

    private ExpertForm Experts { get; }

    private int Hidden => Int(Has("n_embd") ? "n_embd" : "hidden_size");

    private int Blocks => Int(Has("n_layer") ? "n_layer" : "num_hidden_layers");

    private int Heads => Int(Has("n_head") ? "n_head" : "num_attention_heads");

    private int KeyHeads => _arch == "falcon"
        ? Flag("new_decoder_architecture") ? Int("num_kv_heads") : 1
        : Has("num_key_value_heads") ? Int("num_key_value_heads") : Heads;

    private int HeadSize => Has("head_dim") ? Int("head_dim") : Hidden / Heads;

    private JsonElement Rotary => _config.GetProperty("rope_parameters");

    /// <summary>Writes a folder's model.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="path">The file.</param>
    /// <param name="splitKeys">Whether latent attention's second matrix is written in two.</param>
    /// <param name="experts">How experts' matrices are written.</param>
    public static string Write(string folder, string path, bool splitKeys = false, ExpertForm experts = ExpertForm.Stacks)
    {
        using GgufConversion conversion = new(folder, splitKeys, experts);
        conversion.Metadata();
        conversion.Tokenizer();
        conversion.Tensors();
        return conversion._file.Write(path);
    }

    public void Dispose() => _checkpoint.Dispose();

    private static (string, Dictionary<string, string>) Architecture(string type)
    {
        Dictionary<string, string> llama = new()
        {
            ["model.embed_tokens"] = "token_embd",
            ["model.norm"] = "output_norm",
            ["lm_head"] = "output",
            ["input_layernorm"] = "attn_norm",
            ["self_attn.q_proj"] = "attn_q",
            ["self_attn.k_proj"] = "attn_k",
            ["self_attn.v_proj"] = "attn_v",
            ["self_attn.o_proj"] = "attn_output",
            ["self_attn.q_norm"] = "attn_q_norm",
            ["self_attn.k_norm"] = "attn_k_norm",
            ["post_attention_layernorm"] = type is "gemma2" or "gemma3_text" or "olmo2" ? "post_attention_norm" : "ffn_norm",
            ["pre_feedforward_layernorm"] = "ffn_norm",
            ["post_feedforward_layernorm"] = "post_ffw_norm",
            ["mlp.gate_proj"] = "ffn_gate",
            ["mlp.up_proj"] = "ffn_up",
            ["mlp.down_proj"] = "ffn_down",
            ["self_attn.qkv_proj"] = "attn_qkv",
            ["mlp.gate_up_proj"] = "ffn_up",
            ["mlp.c_fc"] = "ffn_up",
            ["mlp.c_proj"] = "ffn_down",
            ["mlp.gate"] = "ffn_gate_inp",
            ["block_sparse_moe.gate"] = "ffn_gate_inp",
            ["mlp.shared_experts.gate_proj"] = "ffn_gate_shexp",
            ["mlp.shared_experts.up_proj"] = "ffn_up_shexp",
            ["mlp.shared_experts.down_proj"] = "ffn_down_shexp",
            ["mlp.shared_expert_gate"] = "ffn_gate_inp_shexp",
            ["mlp.shared_expert.gate_proj"] = "ffn_gate_shexp",
            ["mlp.shared_expert.up_proj"] = "ffn_up_shexp",
            ["mlp.shared_expert.down_proj"] = "ffn_down_shexp",
            ["self_attn.q_a_proj"] = "attn_q_a",
            ["self_attn.q_a_layernorm"] = "attn_q_a_norm",
            ["self_attn.q_b_proj"] = "attn_q_b",
            ["self_attn.kv_a_proj_with_mqa"] = "attn_kv_a_mqa",
            ["self_attn.kv_a_layernorm"] = "attn_kv_a_norm",
            ["self_attn.kv_b_proj"] = "attn_kv_b",
        };
        return type switch
        {
            "gpt_neox" => ("gptneox", new()
            {
                ["gpt_neox.embed_in"] = "token_embd",
                ["gpt_neox.final_layer_norm"] = "output_norm",
                ["embed_out"] = "output",
                ["input_layernorm"] = "attn_norm",
                ["post_attention_layernorm"] = "ffn_norm",
                ["attention.query_key_value"] = "attn_qkv",
                ["attention.dense"] = "attn_output",
                ["mlp.dense_h_to_4h"] = "ffn_up",
                ["mlp.dense_4h_to_h"] = "ffn_down",
            }),
            "falcon" => ("falcon", new()
            {
                ["transformer.word_embeddings"] = "token_embd",
                ["transformer.ln_f"] = "output_norm",
                ["lm_head"] = "output",
                ["input_layernorm"] = "attn_norm",
                ["ln_mlp"] = "attn_norm",
                ["ln_attn"] = "attn_norm_2",
                ["self_attention.query_key_value"] = "attn_qkv",
                ["self_attention.dense"] = "attn_output",
                ["mlp.dense_h_to_4h"] = "ffn_up",
                ["mlp.dense_4h_to_h"] = "ffn_down",
            }),
            "gpt_bigcode" => ("starcoder", new()
            {
                ["transformer.wte"] = "token_embd",
                ["transformer.wpe"] = "position_embd",
                ["transformer.ln_f"] = "output_norm",
                ["ln_1"] = "attn_norm",
                ["ln_2"] = "ffn_norm",
                ["attn.c_attn"] = "attn_qkv",
                ["attn.c_proj"] = "attn_output",
                ["mlp.c_fc"] = "ffn_up",
                ["mlp.c_proj"] = "ffn_down",
            }),
            "mixtral" => ("llama", llama),
            "gemma3_text" => ("gemma3", llama),
            "cohere" => ("command-r", llama),
            "qwen3_moe" => ("qwen3moe", llama),
            "qwen2_moe" => ("qwen2moe", llama),
            "deepseek_v2" or "deepseek_v3" => ("deepseek2", llama),
            _ => (type, llama),
        };
    }

    private void Metadata()
    {
        _file.Text("general.architecture", _arch);
        Key("context_length", Int(Has("n_positions") ? "n_positions" : "max_position_embeddings"));
        Key("embedding_length", Hidden);
        Key("vocab_size", Int("vocab_size"));
        Key("block_count", Blocks);
        Key("feed_forward_length", Int(Has("ffn_hidden_size") ? "ffn_hidden_size" : Has("n_inner") ? "n_inner" : "intermediate_size"));
        Key("attention.head_count", Heads);
        Epsilon("rms_norm_eps", "attention.layer_norm_rms_epsilon");
        Epsilon(["layer_norm_eps", "layer_norm_epsilon", "norm_epsilon"], "attention.layer_norm_epsilon");
        if (_arch != "gptneox")
        {
            Key("attention.head_count_kv", SplitKeys ? 1 : KeyHeads);
        }

        if (_arch != "starcoder")
        {
            RotaryKeys();
        }

        switch (_arch)
        {
            case "gemma2" or "gemma3":
                HeadKeys();
                Key("attention.sliding_window", Int("sliding_window"));
                Key("attention.sliding_window_pattern", Array.IndexOf(Kinds(), "full_attention") + 1);
                Optional("attn_logit_softcapping", "attn_logit_softcapping");
                Optional("final_logit_softcapping", "final_logit_softcapping");
                break;
            case "phi3":
                Key("attention.sliding_window", Has("sliding_window") ? Int("sliding_window") : 0);
                Key("rope.scaling.original_context_length", Int("original_max_position_embeddings"));
                break;
            case "starcoder2":
                Key("attention.sliding_window", Int("sliding_window"));
                break;
            case "granite":
                Optional("attention_multiplier", "attention.scale");
                Optional("embedding_multiplier", "embedding_scale");
                Optional("residual_multiplier", "residual_scale");
                Optional("logits_scaling", "logit_scale");
                break;
            case "stablelm":
                _file.Flag("stablelm.use_parallel_residual", true);
                break;
            case "gptneox":
                _file.Flag("gptneox.use_parallel_residual", Flag("use_parallel_residual"));
                break;
            case "command-r":
                Optional("logit_scale", "logit_scale");
                _file.Text("command-r.rope.scaling.type", "none");
                break;
            case "cohere2":
                Optional("logit_scale", "logit_scale");
                Key("attention.sliding_window", Int("sliding_window"));
                _file.Integers("cohere2.attention.sliding_window_pattern", Kinds().Select(k => k == "sliding_attention" ? 1 : 0));
                break;
            case "falcon":
                _file.Text("falcon.tensor_data_layout", "jploski");
                break;
            case "qwen2moe":
                Key("expert_count", Int("num_experts"));
                Key("expert_used_count", Int("num_experts_per_tok"));
                Key("expert_feed_forward_length", Int("moe_intermediate_size"));
                Key("expert_shared_feed_forward_length", Int("shared_expert_intermediate_size"));
                break;
            case "qwen3moe":
                HeadKeys();
                Key("expert_shared_feed_forward_length", 0);
                _file.Number("qwen3moe.expert_weights_scale", 1);
                Key("expert_count", Int("num_local_experts"));
                Key("expert_used_count", Int("num_experts_per_tok"));
                Key("expert_feed_forward_length", Int("moe_intermediate_size"));
                break;
            case "llama" when Has("num_local_experts"):
                Key("expert_count", Int("num_local_experts"));
                Key("expert_used_count", Int("num_experts_per_tok"));
                break;
            case "deepseek2":
                DeepSeek();
                break;
        }
    }

    /// <summary>The checkpoints have none; this one has a token for a space, for each letter and so on, and one that ends texts.</summary>
    private void Tokenizer()
    {
        const string Signs = "Ġabcdefghijklmnopqrstuvwxyz.,'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!?:;-()/&%+=*#<>[]{}";
        int last = Int("vocab_size") - 1;
        string[] tokens = [.. Signs.Take(last).Select(c => c.ToString()), "<end>"];
        _file.Text("tokenizer.ggml.model", "gpt2").Text("tokenizer.ggml.pre", "gpt-2").Texts("tokenizer.ggml.tokens", tokens)
            .Integers("tokenizer.ggml.token_type", tokens.Select((_, id) => id == last ? 3 : 1)).Texts("tokenizer.ggml.merges", [])
            .Integer("tokenizer.ggml.eos_token_id", (uint)last);
    }

    private void DeepSeek()
    {
        bool third = Text("model_type") == "deepseek_v3";
        int key = Int("qk_nope_head_dim") + Int("qk_rope_head_dim");
        Key("attention.q_lora_rank", Int("q_lora_rank"));
        Key("attention.kv_lora_rank", Int("kv_lora_rank"));
        if (SplitKeys)
        {
            Key("attention.key_length", Int("kv_lora_rank") + Int("qk_rope_head_dim"));
            Key("attention.value_length", Int("kv_lora_rank"));
        }

        Key($"attention.key_length{(SplitKeys ? "_mla" : "")}", key);
        Key($"attention.value_length{(SplitKeys ? "_mla" : "")}", Int("v_head_dim"));
        Key("leading_dense_block_count", Int("first_k_dense_replace"));
        Key("expert_count", Int("n_routed_experts"));
        Key("expert_used_count", Int("num_experts_per_tok"));
        Key("expert_shared_count", Int("n_shared_experts"));
        Key("expert_feed_forward_length", Int("moe_intermediate_size"));
        Key("expert_gating_func", third ? 2 : 1);
        Optional("routed_scaling_factor", "expert_weights_scale");
        _file.Flag("deepseek2.expert_weights_norm", third);
        if (third)
        {
            Key("expert_group_count", Int("n_group"));
            Key("expert_group_used_count", Int("topk_group"));
            _file.Number("deepseek2.rope.scaling.yarn_log_multiplier", 0.1f * (float)Rotary.GetProperty("mscale_all_dim").GetDouble());
        }
    }

    private void RotaryKeys()
    {
        JsonElement rotary = Rotary.TryGetProperty("full_attention", out JsonElement global) ? global : Rotary;
        double share = rotary.TryGetProperty("partial_rotary_factor", out JsonElement part) ? part.GetDouble() : 1;
        _file.Number($"{_arch}.rope.freq_base", (float)rotary.GetProperty("rope_theta").GetDouble());
        Key("rope.dimension_count", Has("qk_rope_head_dim") ? Int("qk_rope_head_dim") : (int)(share * HeadSize));
        if (Rotary.TryGetProperty("sliding_attention", out JsonElement local))
        {
            _file.Number($"{_arch}.rope.freq_base_swa", (float)local.GetProperty("rope_theta").GetDouble());
        }

        switch (rotary.GetProperty("rope_type").GetString())
        {
            case "linear" or "yarn":
                _file.Text($"{_arch}.rope.scaling.type", rotary.GetProperty("rope_type").GetString()!);
                _file.Number($"{_arch}.rope.scaling.factor", (float)rotary.GetProperty("factor").GetDouble());
                if (rotary.TryGetProperty("original_max_position_embeddings", out JsonElement original))
                {
                    Key("rope.scaling.original_context_length", original.GetInt32());
                }

                break;
            case "longrope":
                double scale = (double)Int("max_position_embeddings") / Int("original_max_position_embeddings");
                _file.Number($"{_arch}.rope.scaling.attn_factor", (float)Math.Sqrt(1 + (Math.Log(scale) / Math.Log(Int("original_max_position_embeddings")))));
                foreach (string kind in new[] { "long", "short" })
                {
                    float[] factors = [.. rotary.GetProperty($"{kind}_factor").EnumerateArray().Select(f => (float)f.GetDouble())];
                    _file.Tensor($"rope_factors_{kind}.weight", [factors.Length], factors);
                }

                break;
            case "llama3":
                float[] divisors = Llama3(rotary);
                _file.Tensor("rope_freqs.weight", [divisors.Length], divisors);
                break;
        }
    }

    /// <summary>What Llama 3.1 divides its frequencies by: nothing for the fast ones, the factor for the slow ones, and between by a blend of both.</summary>
    private float[] Llama3(JsonElement rotary)
    {
        double Number(string name) => rotary.GetProperty(name).GetDouble();
        (double factor, double low, double high, double original) = (Number("factor"), Number("low_freq_factor"), Number("high_freq_factor"), Number("original_max_position_embeddings"));
        return [.. Enumerable.Range(0, HeadSize / 2).Select(i =>
        {
            double wavelength = 2 * Math.PI * Math.Pow(Number("rope_theta"), 2.0 * i / HeadSize);
            double smooth = ((original / wavelength) - low) / (high - low);
            return (float)(wavelength < original / high ? 1 : wavelength > original / low ? factor : 1 / (((1 - smooth) / factor) + smooth));
        })];
    }

    private void Tensors()
    {
        foreach (StoredTensor tensor in _checkpoint.Tensors.Values.Where(t => !t.Name.Contains(".experts.", StringComparison.Ordinal) && !t.Name.Contains(".norms.", StringComparison.Ordinal)))
        {
            Plain(tensor);
        }

        for (int block = 0; block < Blocks; block++)
        {
            Stacks(block);
            HeadNorms(block);
        }
    }

    private void Plain(StoredTensor tensor)
    {
        string name = tensor.Name;
        string[] parts = name.Split('.');
        int at = Array.FindIndex(parts, p => p.All(char.IsAsciiDigit));
        (string prefix, string own) = at < 0 ? ("", name) : ($"blk.{parts[at]}.", string.Join('.', parts[(at + 1)..]));
        if (own == "mlp.gate.e_score_correction_bias")
        {
            _file.Tensor($"{prefix}exp_probs_b.bias", tensor.Shape, tensor.ToFloats());
            return;
        }

        (string stem, string suffix) = (own[..own.LastIndexOf('.')], own[own.LastIndexOf('.')..]);
        if (stem == "self_attn.kv_b_proj" && SplitKeys)
        {
            KeysAndValues(prefix, tensor);
            return;
        }

        // The converter drops axes of one entry.
        Shape shape = tensor.Shape.Rank == 2 && tensor.Shape[0] == 1 ? [tensor.Shape[1]] : tensor.Shape;
        _file.Tensor($"{prefix}{_names[stem]}{suffix}", shape, Converted(stem, tensor));
    }

    private float[] Converted(string stem, StoredTensor tensor)
    {
        float[] values = tensor.ToFloats();
        int width = tensor.Shape.Rank == 1 ? 1 : tensor.Shape.Last;
        if (_arch is "llama" or "granite" or "smollm3" && stem is "self_attn.q_proj" or "self_attn.k_proj")
        {
            return Interleaved(values, width, stem.Contains(".q_", StringComparison.Ordinal) ? Heads : KeyHeads);
        }

        if (_arch is "gptneox" or "falcon" && stem.EndsWith("query_key_value", StringComparison.Ordinal))
        {
            return KindsApart(values, width);
        }

        if (_arch is "gemma2" or "gemma3")
        {
            // The converter has no key for what scores are divided by, √ of a head's size otherwise: the queries make up for it.
            float scale = (float)Math.Sqrt(HeadSize / _config.GetProperty("query_pre_attn_scalar").GetDouble());
            bool scaled = stem == (_arch == "gemma2" ? "self_attn.q_proj" : "self_attn.q_norm");
            float one = stem.EndsWith("norm", StringComparison.Ordinal) ? 1 : 0;
            return Array.ConvertAll(values, v => (v + one) * (scaled ? scale : 1));
        }

        return values;
    }

    /// <summary>Rows of each head in the order 0, d/2, 1, d/2 + 1, …</summary>
    private static float[] Interleaved(float[] values, int width, int heads)
    {
        int size = values.Length / width / heads;
        return Rows(values, width, Enumerable.Range(0, heads * size).Select(row => (row / size * size) + (row % size / 2) + (row % 2 * size / 2)));
    }

    /// <summary>All queries, all keys, all values; the checkpoint has them by key head.</summary>
    private float[] KindsApart(float[] values, int width)
    {
        int perKey = Heads / KeyHeads, group = perKey + 2;
        IEnumerable<int> heads = Enumerable.Range(0, KeyHeads).SelectMany(k => Enumerable.Range(0, perKey).Select(q => (k * group) + q))
            .Concat(Enumerable.Range(0, KeyHeads).Select(k => (k * group) + perKey)).Concat(Enumerable.Range(0, KeyHeads).Select(k => (k * group) + perKey + 1));
        return Rows(values, width, heads.SelectMany(head => Enumerable.Range(head * HeadSize, HeadSize)));
    }

    private static float[] Rows(float[] values, int width, IEnumerable<int> rows) => [.. rows.SelectMany(row => values.Skip(row * width).Take(width))];

    /// <summary>[heads, rank, key], each head's rows turned into columns, and [heads, value, rank].</summary>
    private void KeysAndValues(string prefix, StoredTensor tensor)
    {
        float[] values = tensor.ToFloats();
        (int rank, int key, int value) = (tensor.Shape.Last, Int("qk_nope_head_dim"), Int("v_head_dim"));
        float At(int head, int row, int column) => values[(((head * (key + value)) + row) * rank) + column];
        _file.Tensor($"{prefix}attn_k_b.weight", [Heads, rank, key], [.. from h in Enumerable.Range(0, Heads) from c in Enumerable.Range(0, rank) from r in Enumerable.Range(0, key) select At(h, r, c)]);
        _file.Tensor($"{prefix}attn_v_b.weight", [Heads, value, rank], [.. from h in Enumerable.Range(0, Heads) from r in Enumerable.Range(key, value) from c in Enumerable.Range(0, rank) select At(h, r, c)]);
    }

    private void Stacks(int block)
    {
        (List<StoredTensor> gates, List<StoredTensor> ups) = (Matrices(block, "gate_proj", "w1"), Matrices(block, "up_proj", "w3"));
        if (gates.Count == 0)
        {
            return;
        }

        if (Experts == ExpertForm.GatesWithUps)
        {
            _file.Tensor(
                $"blk.{block}.ffn_gate_up_exps.weight",
                [gates.Count, 2 * gates[0].Shape[0], gates[0].Shape[1]],
                [.. gates.Zip(ups).SelectMany(e => e.First.ToFloats().Concat(e.Second.ToFloats()))]);
        }
        else
        {
            Stack(block, "gate", gates);
            Stack(block, "up", ups);
        }

        Stack(block, "down", Matrices(block, "down_proj", "w2"));
    }

    private void Stack(int block, string name, List<StoredTensor> experts)
    {
        if (Experts != ExpertForm.OneByOne)
        {
            _file.Tensor($"blk.{block}.ffn_{name}_exps.weight", [experts.Count, experts[0].Shape[0], experts[0].Shape[1]], [.. experts.SelectMany(e => e.ToFloats())]);
            return;
        }

        foreach ((int number, StoredTensor expert) in experts.Index())
        {
            _file.Tensor($"blk.{block}.ffn_{name}.{number}.weight", expert.Shape, expert.ToFloats());
        }
    }

    /// <summary>A matrix of all experts of a block, by the names that families have for it.</summary>
    private List<StoredTensor> Matrices(int block, params string[] names)
    {
        string[] modules = ["mlp", "block_sparse_moe"];
        IEnumerable<string> All(int expert) => modules.SelectMany(m => names.Select(n => $"model.layers.{block}.{m}.experts.{expert}.{n}.weight"));
        List<StoredTensor> found = [];
        while (All(found.Count).FirstOrDefault(_checkpoint.Contains) is { } name)
        {
            found.Add(_checkpoint.Get(name));
        }

        return found;
    }

    /// <summary>StableLM's norms of heads, one table for all.</summary>
    private void HeadNorms(int block)
    {
        foreach ((string kind, int heads) in new[] { ("q", Heads), ("k", KeyHeads) })
        {
            if (_checkpoint.Contains($"model.layers.{block}.self_attn.{kind}_layernorm.norms.0.weight"))
            {
                float[] gains = [.. Enumerable.Range(0, heads).SelectMany(head => _checkpoint.Get($"model.layers.{block}.self_attn.{kind}_layernorm.norms.{head}.weight").ToFloats())];
                _file.Tensor($"blk.{block}.attn_{kind}_norm.weight", heads == 1 ? [HeadSize] : [heads, HeadSize], gains);
            }
        }
    }

    private string[] Kinds() => [.. _config.GetProperty("layer_types").EnumerateArray().Select(k => k.GetString()!)];

    private void HeadKeys()
    {
        Key("attention.key_length", HeadSize);
        Key("attention.value_length", HeadSize);
    }

    private void Key(string key, int value) => _file.Integer($"{_arch}.{key}", (uint)value);

    private void Epsilon(string option, string key) => Epsilon([option], key);

    private void Epsilon(string[] options, string key) => options.Where(Has).ToList().ForEach(option => Optional(option, key));

    private void Optional(string option, string key)
    {
        if (Has(option))
        {
            _file.Number($"{_arch}.{key}", (float)_config.GetProperty(option).GetDouble());
        }
    }

    private bool Has(string option) => _config.TryGetProperty(option, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    private int Int(string option) => _config.GetProperty(option).GetInt32();

    private bool Flag(string option) => _config.GetProperty(option).GetBoolean();

    private string Text(string option) => _config.GetProperty(option).GetString()!;
}

/// <summary>How converters have written the matrices of experts.</summary>
public enum ExpertForm
{
    /// <summary>A stack of each kind.</summary>
    Stacks,

    /// <summary>A stack whose matrices have a gate's rows first and those of the other half after them.</summary>
    GatesWithUps,

    /// <summary>Each as a tensor of its own, as before 2024.</summary>
    OneByOne,
}
