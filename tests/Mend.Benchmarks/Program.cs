using Mend.Benchmarks;

string verb = args.Length > 0 ? args[0] : "help";
Arguments options = new(args.Skip(1));
switch (verb)
{
    case "matmul":
        return MatMulComparison.Run(options);
    case "engine":
        return EngineTimings.Run(options);
    case "engines":
        return EngineComparison.Run(options);
    case "generate-checkpoint":
        return CheckpointGenerator.Run(options);
    case "checkpoint":
        return CheckpointTimings.Run(options);
    case "load":
        return LoadTimings.Run(options);
    case "edit":
        return EditTimings.Run(options);
    case "passes":
        return await Mend.Benchmarks.Cluster.PassOverhead.RunAsync(options);
    case "generate":
        return await Mend.Benchmarks.Cluster.GenerationThroughput.RunAsync(options);
    case Mend.Benchmarks.Cluster.SiloChild.Verb:
        return await Mend.Benchmarks.Cluster.SiloChild.RunAsync(options);
    default:
        Console.WriteLine("""
            Mend.Benchmarks: measures the engines. Build with -c Release.

              matmul [--threads 2] [--rounds 15] [--set Auto]     weights in bf16, f16 and f32 against OpenBLAS in f32
              engine [--threads 2] [--rounds 15] [--set Auto]     operations at the sizes of a training step
              engines [--engines cpu,torch] [--threads 2] [--compute f32] [--type bf16] [--rounds 5]
                                                                  engines side by side on the matrices of an edit pass
              generate-checkpoint --bytes 5e9 --out DIR           writes a synthetic GPT-2 in bf16
              checkpoint --dir DIR                                opens a checkpoint and reads it once
              load --dir DIR [--engine torch] [--threads 2] [--shards 1]
                                                                  host memory that loading onto an engine takes at most
              edit --dir DIR [--shards 2] [--editor-out FILE]     opens a model, commits one edit, tells time and peak memory
              passes [--hidden 2048] [--blocks 12] [--tokens 64] [--shards 3] [--threads 0] [--rounds 15] [--dir DIR]
                                                                  passes over silo processes against one process
              generate [--clients 32] [--tokens 64] [--silos 3] [--rounds 3] [--threads 0] [--dir DIR] [--hidden 1024] [--blocks 12]
                                                                  clients that generate at once against one after another; --silos 0 is one process
            """);
        return verb is "help" or "--help" ? 0 : 2;
}
