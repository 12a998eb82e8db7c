using System.Reflection;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Sharding;
using Mend.Tensors;
using Mend.Tensors.Cpu;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Mend.Cluster.Tests.Wire;

/// <summary>Whatever comes over the wire, a silo refuses it or answers, and goes on.</summary>
public sealed class MutatedMessagesTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private const int Bytes = 10_000;
    private const int Passes = 1_500;
    private const long MostAllocated = 16 << 20;

    private static readonly Serializer Serializer =
        new ServiceCollection().AddSerializer(b => b.AddAssembly(typeof(WireTensor).Assembly).AddAssembly(typeof(SiloAddress).Assembly)).BuildServiceProvider().GetRequiredService<Serializer>();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Deserialize_BytesThatWereChanged_RefusesThemOrReadsThemWithinReason(int seed)
    {
        Random random = new(seed);
        byte[][] whole = [.. Filled.Types.Select(t => Serializer.SerializeToArray<object>(Filled.Of(t)))];
        int refused = 0;
        for (int i = 0; i < Bytes; i++)
        {
            byte[] bytes = Mutate(whole[i % whole.Length], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Serializer.Deserialize<object>(bytes);
            }
            catch (Exception error) when (error is not (OutOfMemoryException or NullReferenceException))
            {
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocated);
        }

        Assert.InRange(refused, Bytes / 10, Bytes - 1);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(11)]
    public async Task RunAsync_PassesThatWereChanged_AreRefusedOrAnsweredAndTheNextIsAnsweredAsEver(int seed)
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 2, configure: (_, silo) => silo.ShareSilo = true);
        using ModelFolder model = ModelFolder.Open(folder.Model);
        using CpuEngine engine = new(new CpuEngineOptions { Threads = 1 });
        IShardGrain grain = cluster.Silos.Client.GetGrain<IShardGrain>(GrainKeys.Shard("default", 0));
        SiloModel served = ((Orleans.TestingHost.InProcessSiloHandle)cluster.Silos.Silos[0]).ServiceProvider.GetRequiredService<SiloModel>();
        string digest = await served.DigestAsync();
        StageRange first = served.Plan.Shards[0];
        Random random = new(seed);
        float[] expected = await LogitsAsync();
        Dictionary<string, int> kinds = [];
        for (int i = 0; i < Passes; i++)
        {
            WirePass pass = Good(i % 3);
            string what = Mutate(pass, random);
            string kind = "answered";
            try
            {
                await SendAsync(pass);
            }
            catch (Exception error)
            {
                ErrorKind known = ErrorKinds.Of(error);
                Assert.True(known != ErrorKinds.Unexpected, $"seed {seed}, pass {i}: {what}: {error}");
                kind = known.Name;
            }

            kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
        }

        Assert.Equal(expected, await LogitsAsync());
        Assert.InRange(kinds.GetValueOrDefault(ErrorKinds.InvalidRequest.Name), Passes / 10, Passes - 1);
        Assert.True(kinds.GetValueOrDefault("answered") > 0);

        async Task<float[]> LogitsAsync()
        {
            using ShardReply reply = (await SendAsync(Good(0))).ToReply(engine);
            return reply.Result.Logits!.Data;
        }

        async Task<WireReply> SendAsync(WirePass pass)
        {
            RequestContext.Set(ModelDigest.Key, digest);
            return await Parcels.TakeAsync(grain, await grain.RunAsync(new WireParcel<WirePass>(pass, default, 0), default));
        }

        WirePass Good(int which)
        {
            Pass pass = which switch
            {
                0 => new() { Batch = new ModelBatch(2, [5, 17, 42, 8, 61, 3], [1, 1, 1, 1, 1, 0]), Outputs = PassOutputs.Logits },
                1 => new() { Batch = new ModelBatch(1, [5, 17, 42, 8]), Texts = [new TextRows($"s{random.Next(3)}", 0, 3, new TokenChoice(0.5, 0.9, 0.3, 2)), new TextRows("t", 0, 1)] },
                _ => new()
                {
                    Batch = new ModelBatch(1, [5, 17, 42, 8]),
                    Objective = new Objective { LikelihoodRows = [2, 3], LikelihoodTokens = [4, 5], DivergenceRows = [1], DivergenceWeights = [1], Reference = new float[model.Architecture.Vocabulary] },
                    GradientFrom = 1,
                    Preview = [new EditFactors(model.Architecture.DefaultEditedLayers[0], 1, 2, 2, [1, 2], [3, 4], 1)],
                    PreviewScales = [0.5f],
                },
            };
            using ShardActivations none = ShardActivations.Of(engine, pass);
            return WirePass.Of(pass, none, first, engine, WireFormat.Float32);
        }
    }

    /// <summary>Changes one to three members of a pass, each to something that no sender means.</summary>
    /// <returns>What was changed.</returns>
    private static string Mutate(WirePass pass, Random random)
    {
        IReadOnlyList<(uint Id, FieldInfo Field)> members = Filled.Members(typeof(WirePass));
        List<string> changed = [];
        for (int count = random.Next(1, 4); count > 0; count--)
        {
            FieldInfo field = members[random.Next(members.Count)].Field;
            object? value = Other(field.FieldType, field.GetValue(pass), random);
            field.SetValue(pass, value);
            changed.Add($"{field.Name} = {(value is byte[] bytes ? Convert.ToHexString(bytes.AsSpan()[..Math.Min(bytes.Length, 40)]) : value ?? "null")}");
        }

        return string.Join(", ", changed);
    }

    private static object? Other(Type type, object? value, Random random)
    {
        int[] extremes = [int.MinValue, -1, 0, 1, 2, 1000, 1 << 20, int.MaxValue];
        return type switch
        {
            _ when type == typeof(int) || type == typeof(int?) => extremes[random.Next(extremes.Length)],
            _ when type == typeof(long) => (long)extremes[random.Next(extremes.Length)],
            _ when type == typeof(string) => random.Next(3) switch { 0 => null, 1 => "", _ => new string('x', random.Next(1, 300)) },
            _ when type == typeof(byte[]) => OtherInts((byte[]?)value, extremes, random),
            _ when type == typeof(WireTensor) => random.Next(4) switch
            {
                0 => null,
                1 => new WireTensor([0], []),
                2 => new WireTensor([1, 1, 1, 3], [float.NaN, float.PositiveInfinity, -1]),
                _ => new WireTensor([random.Next(1, 20), 2], new float[0]),
            },
            _ when type.IsArray && value is Array { Length: > 0 } some && random.Next(2) == 0 => Repeated(some, random.Next(0, 4)),
            _ => random.Next(3) == 0 ? null : Filled.Of(Nullable.GetUnderlyingType(type) ?? type),
        };
    }

    private static Array Repeated(Array some, int count)
    {
        Array more = Array.CreateInstance(some.GetType().GetElementType()!, count);
        for (int i = 0; i < count; i++)
        {
            more.SetValue(some.GetValue(i % some.Length), i);
        }

        return more;
    }

    private static byte[]? OtherInts(byte[]? value, int[] extremes, Random random)
    {
        if (value is not { Length: >= 4 } || random.Next(4) == 0)
        {
            return random.Next(3) switch { 0 => null, 1 => [], _ => new byte[random.Next(1, 64)] };
        }

        byte[] other = random.Next(3) == 0 ? [.. value, .. value] : [.. value];
        if (random.Next(4) == 0)
        {
            return other[..random.Next(other.Length)];
        }

        BitConverter.TryWriteBytes(other.AsSpan(4 * random.Next(other.Length / 4)), extremes[random.Next(extremes.Length)]);
        return other;
    }

    private static byte[] Mutate(byte[] bytes, Random random)
    {
        List<byte> other = [.. bytes];
        for (int count = random.Next(1, 5); count > 0 && other.Count > 0; count--)
        {
            int at = random.Next(other.Count);
            switch (random.Next(5))
            {
                case 0:
                    other[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    other[at] = (byte)random.Next(256);
                    break;
                case 2:
                    other.RemoveRange(at, Math.Min(random.Next(1, 9), other.Count - at));
                    break;
                case 3:
                    other.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256)));
                    break;
                default:
                    other.RemoveRange(at, other.Count - at);
                    break;
            }
        }

        return [.. other];
    }
}
