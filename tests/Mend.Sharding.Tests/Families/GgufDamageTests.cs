using Mend.Editing;
using System.Buffers.Binary;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Models.Tokenizers;
using Mend.Tensors;
using Xunit.Abstractions;

namespace Mend.Sharding.Tests.Families;

/// <summary>Whatever happens to the bytes of a GGUF file, opening and running it ends well or with an exception that says what is wrong.</summary>
public sealed class GgufDamageTests(ITestOutputHelper output)
{
    private const int Rounds = 100;

    [Theory]
    [InlineData("q4_1")]
    [InlineData("gpt2")]
    [InlineData("qwen2")]
    [InlineData("llama3_rope")]
    [InlineData("q6_k")]
    public async Task Open_MutatedBytes_EndsWellOrWithALine(string name)
    {
        byte[] original = File.ReadAllBytes(GgufCases.Path(name));
        int head = GgufCases.File(name).GetProperty("tensors").EnumerateObject().Min(t => t.Value[2].GetInt32());
        await MutateAsync(name, original, head, UseAsync);
    }

    [Theory]
    [InlineData("deepseek_v3", true)]
    [InlineData("deepseek_v2", false)]
    [InlineData("mixtral", false)]
    [InlineData("gemma3_text", false)]
    [InlineData("falcon", false)]
    [InlineData("gpt_neox", false)]
    [InlineData("phi3_longrope", false)]
    [InlineData("stablelm_parallel", false)]
    public async Task Open_MutatedBytesOfAFamily_EndsWellOrWithALine(string name, bool splitKeys)
    {
        using TemporaryFolder folder = new();
        byte[] original = File.ReadAllBytes(GgufConversion.Write(ModelFixtures.Folder($"families/{name}"), folder["whole.gguf"], splitKeys));
        int head = original.AsSpan().LastIndexOf("ffn_down"u8) + 32;
        await MutateAsync(name, original, head, RunAsync);
    }

    private async Task MutateAsync(string name, byte[] original, int head, Func<string, Task> use)
    {
        using TemporaryFolder folder = new();
        int refused = 0;
        for (int seed = 0; seed < Rounds; seed++)
        {
            string path = folder[$"{seed}.gguf"];
            File.WriteAllBytes(path, Mutate(original, head, new Random(seed)));
            try
            {
                await use(path);
            }
            catch (Exception e) when (e is ModelException or CheckpointException or TokenizerException or InputTooLongException)
            {
                Assert.DoesNotContain('\n', e.Message);
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}: {e}");
            }
        }

        output.WriteLine($"{name}: {refused} of {Rounds} refused");
        Assert.InRange(refused, Rounds / 10, Rounds);
    }

    [Theory]
    [MemberData(nameof(GgufCases.Broken), MemberType = typeof(GgufCases))]
    public async Task Open_BrokenFixture_IsRefused(string name)
    {
        Exception? e = await Record.ExceptionAsync(() => UseAsync(GgufCases.BrokenPath(name)));
        Assert.True(e is ModelException or CheckpointException, $"{e}");
    }

    [Fact]
    public Task Open_SoundFixture_Runs() => UseAsync(GgufCases.BrokenPath("sound"));

    private static async Task UseAsync(string path)
    {
        using ModelFolder model = ModelFolder.Open(path);
        _ = model.Fingerprint();
        int[] ids = model.Tokenizer.Encode("Hello world 12", addSpecialTokens: true);
        ids = [.. ids.Select(id => Math.Min(id, model.Architecture.Vocabulary - 1)).Take(4)];
        await PassAsync(model, ids.Length == 0 ? [0] : ids);
    }

    /// <summary>For files without a tokenizer; Hugging Face's order of every tensor is looked at too, as an export does.</summary>
    private static async Task RunAsync(string path)
    {
        using ModelFolder model = ModelFolder.Open(path);
        foreach (ParameterSpec parameter in model.Architecture.Stages.SelectMany(s => s.Parameters))
        {
            _ = model.OrderOf(parameter.Name).ToFloats(StoredParameters.Get(model.Checkpoint, parameter.Name, parameter.Stored));
        }

        await PassAsync(model, [0, Math.Min(1, model.Architecture.Vocabulary - 1)]);
    }

    private static async Task PassAsync(ModelFolder model, int[] ids)
    {
        using ShardChain chain = ModelFixtures.Load(model, 1);
        Pass pass = new() { Batch = new ModelBatch(1, ids), Outputs = PassOutputs.Logits };
        _ = await chain.RunAsync(pass, PassHooks.None, default);
    }

    private static byte[] Mutate(byte[] original, int head, Random random)
    {
        List<byte> bytes = [.. original];
        for (int changes = 1 + random.Next(3); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(random.Next(8) == 0 ? bytes.Count : Math.Min(head, bytes.Count));
            switch (random.Next(16))
            {
                case 0: bytes.RemoveRange(at, bytes.Count - at); break;
                case 1: bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at)); break;
                case 2: bytes.InsertRange(at, new byte[random.Next(1, 9)]); break;
                case < 6: bytes[at] = (byte)random.Next(256); break;
                case < 9: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                default: Put(bytes, at, random); break;
            }
        }

        return [.. bytes];
    }

    /// <summary>A number of 4 or 8 bytes that limits are likely to miss.</summary>
    private static void Put(List<byte> bytes, int at, Random random)
    {
        ulong[] numbers = [0, 1, 2, 3, 255, 256, 65537, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, 1UL << 48, 1UL << 62, long.MaxValue, 1UL << 63, ulong.MaxValue];
        byte[] number = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, numbers[random.Next(numbers.Length)]);
        int length = Math.Min(random.Next(2) == 0 ? 4 : 8, bytes.Count - at);
        for (int i = 0; i < length; i++)
        {
            bytes[at + i] = number[i];
        }
    }
}
