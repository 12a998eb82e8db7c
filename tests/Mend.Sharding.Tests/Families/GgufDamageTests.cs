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
        using TemporaryFolder folder = new();
        byte[] original = File.ReadAllBytes(GgufCases.Path(name));
        int head = GgufCases.File(name).GetProperty("tensors").EnumerateObject().Min(t => t.Value[2].GetInt32());
        int refused = 0;
        for (int seed = 0; seed < Rounds; seed++)
        {
            string path = folder[$"{seed}.gguf"];
            File.WriteAllBytes(path, Mutate(original, head, new Random(seed)));
            try
            {
                await UseAsync(path);
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
        using ShardChain chain = ModelFixtures.Load(model, 1);
        ids = [.. ids.Select(id => Math.Min(id, model.Architecture.Vocabulary - 1)).Take(4)];
        Pass pass = new() { Batch = new ModelBatch(1, ids.Length == 0 ? [0] : ids), Outputs = PassOutputs.Logits };
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
