using Mend.Tensors.Cpu;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Tests.Cpu;

/// <summary>The engines that tests run on: every instruction set this processor has.</summary>
internal static class Engines
{
    public static IEnumerable<InstructionSet> Supported
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

    public static TheoryData<InstructionSet> Sets => [.. Supported];

    public static CpuEngine Create(InstructionSet set, int threads = 2) => new(new CpuEngineOptions { Instructions = set, Threads = threads });
}
