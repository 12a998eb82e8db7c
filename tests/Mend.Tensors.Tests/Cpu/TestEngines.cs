using Mend.Tensors.Cpu;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Tests;

/// <summary>The engines that tests run on: the managed one with every instruction set this processor has.</summary>
public sealed class TestEngines : ITestEngines
{
    public static IEnumerable<InstructionSet> Sets
    {
        get
        {
            yield return InstructionSet.Portable;
            if (Lanes256.IsSupported)
            {
                yield return InstructionSet.Avx2;
            }

            if (Lanes512.IsSupported)
            {
                yield return InstructionSet.Avx512;
            }
        }
    }

    public static IEnumerable<string> Available => Sets.Select(set => set.ToString());

    public static TheoryData<string> Names => [.. Available];

    public static double ActivationSlack => 1;

    public static IEngine Create(string name) => Create(Enum.Parse<InstructionSet>(name));

    public static CpuEngine Create(InstructionSet set, int threads = 2) => new(new CpuEngineOptions { Instructions = set, Threads = threads });

    public static long LiveTensors(IEngine engine) => ((CpuEngine)engine).LiveTensors;
}
