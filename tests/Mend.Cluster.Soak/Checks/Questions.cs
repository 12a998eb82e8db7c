using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Mend.Editing;
using Mend.Models.Execution;
using Mend.Sharding;

namespace Mend.Cluster.Soak.Checks;

/// <summary>What clients ask, and the replay asks again.</summary>
internal static class Questions
{
    public static Question Of(string prompt, int seed, long? version = null) => new(prompt, version is { } number ? new Ledger.ModelVersion(number) : null)
    {
        Sampling = new SamplingOptions { MaxNewTokens = 6, Temperature = 1, Seed = seed },
    };

    public static Pass Logits(int[] tokens, long version) => new() { Batch = new ModelBatch(1, tokens), Outputs = PassOutputs.Logits, Version = version };

    public static string Digest(PassResult result) => Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<float>(result.Logits!.Data)));
}
