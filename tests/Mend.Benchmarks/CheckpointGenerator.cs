namespace Mend.Benchmarks;
internal static class CheckpointGenerator { public static int Run(Arguments o) => 0; }
