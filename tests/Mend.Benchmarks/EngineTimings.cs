namespace Mend.Benchmarks;
internal static class EngineTimings { public static int Run(Arguments o) => 0; }
