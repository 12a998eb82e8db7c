using System.Text.Json.Nodes;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Models.Gguf;

/// <summary>Reads how rotary embeddings are scaled: from keys, or from a tensor of divisors of the frequencies.</summary>
internal static class GgufRotary
{
    private const string Divisors = "rope_freqs.weight", Short = "rope_factors_short.weight", Long = "rope_factors_long.weight", Original = "original_max_position_embeddings";

    /// <summary>The option rope_scaling, or null when nothing is scaled.</summary>
    /// <param name="config">The options so far.</param>
    /// <param name="model">The file.</param>
    /// <exception cref="ModelException">The scaling is not known.</exception>
    public static JsonObject? Read(GgufConfig config, GgufModel model)
    {
        string type = config.Text("rope.scaling.type") ?? (config.Number("rope.scale_linear") is null ? "none" : "linear");
        double? factor = config.Number("rope.scaling.factor") ?? config.Number("rope.scale_linear");
        double? magnitude = config.Number("rope.scaling.attn_factor");
        long? original = config.Integer("rope.scaling.original_context_length");
        if (model.Tensors.TryGetValue(Short, out StoredTensor? near) && model.Tensors.TryGetValue(Long, out StoredTensor? far))
        {
            return LongRope(config, Checked(near), Checked(far), original, magnitude);
        }

        if (model.Tensors.TryGetValue(Divisors, out StoredTensor? divisors))
        {
            return Divided(Checked(divisors), config.Number("rope.freq_base") ?? 10000);
        }

        JsonObject scaling = type switch
        {
            "none" => [],
            "linear" or "yarn" => new JsonObject { ["rope_type"] = type, ["factor"] = factor ?? 1 },
            _ => throw new ModelException($"'{model.Path}' scales its rotary embeddings by '{type}'; none, linear, yarn and tensors of divisors ('{Divisors}', '{Long}') are read. Take the model's Hugging Face folder."),
        };
        if (type == "yarn")
        {
            Add(Original, original);
            Add("attention_factor", magnitude);
            Add("beta_fast", config.Number("rope.scaling.yarn_beta_fast"));
            Add("beta_slow", config.Number("rope.scaling.yarn_beta_slow"));
        }
        else if (magnitude is { } other && other != 1)
        {
            throw new ModelException($"'{model.Path}' scales sine and cosine by {other} (rope.scaling.attn_factor) without a scaling that has such a factor. Take the model's Hugging Face folder.");
        }

        return scaling.Count == 0 ? null : scaling;

        void Add(string option, JsonNode? value)
        {
            if (value is not null)
            {
                scaling[option] = value;
            }
        }
    }

    private static JsonObject LongRope(GgufConfig config, float[] near, float[] far, long? original, double? magnitude)
    {
        static JsonArray List(float[] factors) => [.. factors.Select(f => (JsonNode)GgufConfig.Shortest(f))];
        JsonObject scaling = new() { ["rope_type"] = "longrope", ["short_factor"] = List(near), ["long_factor"] = List(far) };
        if (magnitude is { } given)
        {
            scaling["attention_factor"] = given;
        }

        if (original is { } length)
        {
            config.Set(Original, length);
        }

        return scaling;
    }

    private static float[] Checked(StoredTensor stored)
    {
        float[] divisors = stored.ToFloats();
        return divisors.Any(d => !(d > 0 && float.IsFinite(d)))
            ? throw new ModelException($"'{stored.File}' has '{stored.Name}' with {divisors.First(d => !(d > 0 && float.IsFinite(d)))}; positive numbers are wanted. The file is damaged: download it again.")
            : divisors;
    }

    /// <summary>
    /// Llama 3.1's scaling is stored as what it divides each frequency by. Its four options are found again from those: the largest
    /// divisor is the factor, and one from the blended middle gives the original length, with the limits 1 and 4 that all such models
    /// have; all divisors are then compared. Others are kept as they are, as LongRoPE's for texts of any length.
    /// </summary>
    private static JsonObject Divided(float[] divisors, double theta)
    {
        const double Low = 1, High = 4;
        int size = 2 * divisors.Length;
        double factor = divisors.Max();
        RotaryFrequencies plain = RotaryFrequencies.Plain(size, theta);
        foreach (double original in Originals())
        {
            double[] scaled = plain.Llama3(factor, Low, High, original).PerPosition;
            if (!scaled.Where((f, i) => Math.Abs((plain.PerPosition[i] / f) - divisors[i]) > 1e-4 * divisors[i]).Any())
            {
                return new JsonObject
                {
                    ["rope_type"] = "llama3",
                    ["factor"] = factor,
                    ["low_freq_factor"] = Low,
                    ["high_freq_factor"] = High,
                    ["original_max_position_embeddings"] = (long)original,
                };
            }
        }

        JsonArray all = [.. divisors.Select(d => (JsonNode)d)];
        return new JsonObject { ["rope_type"] = "longrope", ["short_factor"] = all, ["long_factor"] = all.DeepClone(), ["attention_factor"] = 1, ["factor"] = 1 };

        IEnumerable<double> Originals()
        {
            for (int i = 0; i < divisors.Length; i++)
            {
                if (divisors[i] > 1.0001 && divisors[i] < 0.9999 * factor)
                {
                    double kept = ((1 / divisors[i]) - (1 / factor)) / (1 - (1 / factor));
                    yield return Math.Round((Low + (kept * (High - Low))) * 2 * Math.PI / plain.PerPosition[i]);
                }
            }

            for (double original = 32; original <= 1 << 20; original *= 2)
            {
                yield return original;
            }
        }
    }
}
