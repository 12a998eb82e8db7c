using System.Buffers.Binary;
using System.Text.Json.Nodes;
using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests.Experts;

/// <summary>Of a mapped checkpoint only the experts are read that the tokens of a pass go to.</summary>
public sealed class ExpertPagesTests
{
    private const int Experts = 16, PerToken = 2, Width = 64, Inner = 128;

    private static readonly string Config = $$"""
        {"model_type": "mixtral", "hidden_size": {{Width}}, "intermediate_size": {{Inner}}, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 4,
         "num_local_experts": {{Experts}}, "num_experts_per_tok": {{PerToken}}, "vocab_size": 40, "max_position_embeddings": 32, "tie_word_embeddings": false}
        """;

    /// <summary>
    /// A token at a time goes to two of sixteen experts in each of two blocks, so the pages of two experts a block are in memory afterwards, and
    /// a gradient pass with hooks on every expert adds none.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task RunAsync_OneToken_ReadsTheExpertsThatItGoesTo(bool watched)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using TemporaryCheckpoint checkpoint = TemporaryCheckpoint.Random(Config, DType.F32, seed: 3);
        Split(checkpoint.Path);
        using ModelFolder model = ModelFolder.Open(checkpoint.Path);
        using CpuEngine engine = new(new CpuEngineOptions { Threads = 2 });
        using ShardChain chain = ShardChain.Load(model.Architecture, ShardPlan.Balanced(model.Architecture, 1), model.Checkpoint, engine);
        foreach (StoredTensor tensor in model.Checkpoint.Tensors.Values)
        {
            tensor.Forget(0, tensor.ByteLength);
        }

        Assert.Equal(0, Read(model));

        Pass pass = new() { Batch = new ModelBatch(1, [7]), Outputs = PassOutputs.Logits };
        if (watched)
        {
            pass = pass with { Outputs = PassOutputs.None, Objective = new Objective { LikelihoodRows = [0], LikelihoodTokens = [5] } };
            await GradientPass.RunAsync(chain, [.. Matrices(model.Architecture)], pass, default);
        }
        else
        {
            await chain.RunAsync(pass, PassHooks.None, default);
        }

        Assert.Equal(2 * PerToken * 3, Read(model));
    }

    private static IEnumerable<string> Matrices(ModelArchitecture architecture) =>
        architecture.Stages.SelectMany(s => s.Parameters).Select(p => p.Name).Where(n => n.Contains(".experts.", StringComparison.Ordinal));

    /// <summary>A file for each tensor: the system maps the neighbours of a page that is touched, up to megabytes of one file.</summary>
    private static void Split(string folder)
    {
        JsonObject map = [];
        using (Checkpoint whole = Checkpoint.Open(folder))
        {
            foreach ((int i, StoredTensor tensor) in whole.Tensors.Values.Index())
            {
                map[tensor.Name] = $"part-{i}.safetensors";
                SafetensorsWriter.Write(Path.Combine(folder, $"part-{i}.safetensors"), [TensorData.FromStored(tensor)]);
            }
        }

        File.Delete(Path.Combine(folder, Checkpoint.SingleFile));
        File.WriteAllText(Path.Combine(folder, Checkpoint.IndexFile), new JsonObject { ["weight_map"] = map }.ToJsonString());
    }

    /// <summary>Number of experts' matrices that are in this process's memory.</summary>
    private static int Read(ModelFolder model) =>
        Matrices(model.Architecture).Select(n => model.Checkpoint.Get(n)).Count(t => IsPresent(t.Address + (nint)(t.ByteLength / 2)));

    private static bool IsPresent(nint address)
    {
        using FileStream pages = new("/proc/self/pagemap", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        pages.Seek(address / Environment.SystemPageSize * sizeof(ulong), SeekOrigin.Begin);
        byte[] entry = new byte[sizeof(ulong)];
        pages.ReadExactly(entry);
        return BinaryPrimitives.ReadUInt64LittleEndian(entry) >> 63 == 1;
    }
}
