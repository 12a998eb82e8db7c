using Mend.Models.Execution;
using Mend.Models.Tests.Families.Naive;
using Mend.Tensors;

namespace Mend.Models.Tests.Families;

/// <summary>Llama, Mistral, Qwen 2 and Qwen 3 with their options, forward and backward, against a naive float64 computation.</summary>
public sealed class LlamaChainTests
{
    private const int Width = 24, Inner = 20, Vocabulary = 31;
    private static readonly int[] Text = [3, 14, 15, 9, 26, 5, 30, 8];
    private static readonly int[] Shorter = [2, 7, 18, 28, 1];

    public static TheoryData<string, Variant> Variants { get; } = new()
    {
        { "llama with biases, tied, own head size", new("llama", 2, 8, [null, null], """ "attention_bias": true, "mlp_bias": true, "tie_word_embeddings": true, "head_dim": 8 """) { Tied = true } },
        { "llama, linear scaling", new("llama", 4, 6, [null, null], """ "rope_scaling": {"type": "linear", "factor": 2.0}, "rope_theta": 500.0 """) { Shrink = 2, Theta = 500 } },
        { "mistral with a window", new("mistral", 2, 6, [3, 3], """ "sliding_window": 3 """) },
        { "mistral without", new("mistral", 1, 6, [null, null], """ "sliding_window": null """) },
        { "qwen2, window from block 1 on", new("qwen2", 2, 6, [null, 3], """ "sliding_window": 3, "use_sliding_window": true, "max_window_layers": 1, "tie_word_embeddings": true """) { Tied = true } },
        { "qwen2, window not used", new("qwen2", 2, 6, [null, null], """ "sliding_window": 3, "max_window_layers": 0 """) },
        { "qwen3, layer types", new("qwen3", 2, 8, [4, null], """ "head_dim": 8, "sliding_window": 4, "use_sliding_window": true, "layer_types": ["sliding_attention", "full_attention"] """) },
        { "qwen3 with biases", new("qwen3", 4, 4, [null, null], """ "head_dim": 4, "attention_bias": true, "rope_parameters": {"rope_theta": 700.0, "rope_type": "default"} """) { Theta = 700 } },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Forward_PaddedBatch_IsTheNaiveComputationOfEachText(string name, Variant variant)
    {
        using SyntheticCheckpoint checkpoint = new(variant.Json, seed: 7);
        NaiveLlama naive = variant.Naive(checkpoint.Weights);
        using Tape tape = new(checkpoint.Engine, recording: false);
        using PassContext pass = new(checkpoint.Engine, ModelBatch.Pad([Text, Shorter]));

        StageState state = default;
        foreach (IStage stage in checkpoint.Stages)
        {
            state = stage.Forward(new StageContext(pass, tape), state);
        }

        float[] actual = Host(checkpoint, state.RequireHidden().Data);
        foreach ((int[] text, int row) in new[] { (Text, 0), (Shorter, Text.Length) })
        {
            double[] expected = [.. naive.Logits([.. text.Select(naive.Embedding)]).SelectMany(r => r)];
            Near(expected, actual.AsSpan(row * Vocabulary, expected.Length), 2e-6, name);
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Backward_FromTheLogitsToTheEmbeddings_IsTheDirectionalDerivative(string name, Variant variant)
    {
        using SyntheticCheckpoint checkpoint = new(variant.Json, seed: 11);
        NaiveLlama naive = variant.Naive(checkpoint.Weights);
        Random random = new(5);
        double[][] x = [.. Text.Select(naive.Embedding)];
        float[] seed = [.. Enumerable.Range(0, Text.Length * Vocabulary).Select(_ => (float)(random.NextDouble() - 0.5))];

        float[] gradient = Gradient(checkpoint, [.. x.SelectMany(r => r).Select(v => (float)v)], seed);

        for (int direction = 0; direction < 5; direction++)
        {
            double[][] d = [.. x.Select(row => row.Select(_ => random.NextDouble() - 0.5).ToArray())];
            double Loss(double step) => naive.Logits([.. x.Zip(d, (r, e) => r.Zip(e, (a, b) => a + (step * b)).ToArray())])
                .SelectMany(r => r).Zip(seed, (logit, weight) => logit * weight).Sum();
            double expected = (Loss(1e-4) - Loss(-1e-4)) / 2e-4;
            double actual = gradient.Zip(d.SelectMany(r => r), (a, b) => a * b).Sum();
            Assert.True(Math.Abs(actual - expected) < 2e-5 * gradient.Max(Math.Abs), $"{name}, direction {direction}: {actual} for {expected}");
        }
    }

    private static float[] Gradient(SyntheticCheckpoint checkpoint, float[] embeddings, float[] seed)
    {
        using Tape tape = new(checkpoint.Engine, recording: true);
        using PassContext pass = new(checkpoint.Engine, new ModelBatch(1, Text));
        using Tensor hidden = checkpoint.Engine.FromHost(embeddings, [1, Text.Length, Width]);
        Value leaf = tape.Leaf(hidden);
        StageState state = new(leaf);
        foreach (IStage stage in checkpoint.Stages.Skip(1))
        {
            state = stage.Forward(new StageContext(pass, tape), state);
        }

        using Tensor start = checkpoint.Engine.FromHost(seed, state.RequireHidden().Shape);
        tape.Seed(state.RequireHidden(), start);
        tape.Backward();
        using Tensor gradient = tape.TakeGradient(leaf)!;
        return Host(checkpoint, gradient);
    }

    private static float[] Host(SyntheticCheckpoint checkpoint, Tensor tensor)
    {
        float[] data = new float[tensor.Shape.Length];
        checkpoint.Engine.ToHost(tensor, data);
        return data;
    }

    private static void Near(double[] expected, ReadOnlySpan<float> actual, double tolerance, string name)
    {
        double scale = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance * scale, $"{name}, logit {i}: {actual[i]} for {expected[i]}");
        }
    }

    /// <summary>A configuration, and what it means.</summary>
    public sealed record Variant(string Family, int KeyHeads, int HeadSize, int?[] Windows, string Options)
    {
        public bool Tied { get; init; }

        public double Shrink { get; init; } = 1;

        public double Theta { get; init; } = 10000;

        internal string Json => $$"""
            {"model_type": "{{Family}}", "hidden_size": {{Width}}, "intermediate_size": {{Inner}}, "num_hidden_layers": {{Windows.Length}},
             "num_attention_heads": 4, "num_key_value_heads": {{KeyHeads}}, "vocab_size": {{Vocabulary}}, "rms_norm_eps": 1e-5,
             "max_position_embeddings": 64, {{Options}}}
            """;

        internal NaiveLlama Naive(Dictionary<string, double[]> weights) =>
            new(weights, Width, Inner, 4, KeyHeads, HeadSize, 1e-5) { Tied = Tied, Windows = Windows, Shrink = Shrink, Theta = Theta };

        public override string ToString() => Family;
    }
}
