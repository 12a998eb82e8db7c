using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;
using Mend.Tensors.Cpu;

using ModelFolder folder = ModelFolder.Open(args[0]);
using CpuEngine engine = new(new CpuEngineOptions());
foreach (int n in new[] { 1, 2, 4 })
{
    using ShardChain chain = ShardChain.Load(folder.Architecture, ShardPlan.Balanced(folder.Architecture, n), folder.Checkpoint, engine);
    using SafetensorsFile file = SafetensorsFile.Open(args[1]);
    ReferenceVerifier v = new(chain, file);
    var r = await v.RunAsync(null, default);
    foreach (var c in r.Where(c => !c.Passed))
    {
        Console.WriteLine($"{c.Name} {c.Error} {c.Tolerance} {c.Note}");
    }

    Console.WriteLine($"{n} shards: {r.Count(c => c.Passed)} of {r.Count}, worst ratio {r.Where(c => c.Tolerance > 0).Max(c => c.Error / c.Tolerance)} {v.Digest()[..16]}");
}

return 0; // replaced by the command line in the next commit
