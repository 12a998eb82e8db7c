namespace Mend.Benchmarks;
internal static class CheckpointTimings { public static int Run(Arguments o) => 0; }
