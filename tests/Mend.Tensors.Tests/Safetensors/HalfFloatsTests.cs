namespace Mend.Tensors.Tests.Safetensors;

public sealed class HalfFloatsTests
{
    public static TheoryData<Mend.Tensors.Cpu.InstructionSet> Sets => [.. TestEngines.Sets];

    [Theory]
    [InlineData(1f, 0x3F80)]
    [InlineData(-2f, 0xC000)]
    [InlineData(1.00390625f, 0x3F80)] // half-way, to even: down
    [InlineData(1.01171875f, 0x3F82)] // half-way, to even: up
    [InlineData(1.003907f, 0x3F81)] // just above half-way
    [InlineData(3.4e38f, 0x7F80)] // rounds to infinity
    [InlineData(float.PositiveInfinity, 0x7F80)]
    [InlineData(float.NegativeInfinity, 0xFF80)]
    [InlineData(-0f, 0x8000)]
    [InlineData(1e-40f, 0x0001)] // subnormal
    public void ToBFloat16_Value_RoundsToNearestEven(float value, int bits) => Assert.Equal((ushort)bits, HalfFloats.ToBFloat16(value));

    [Fact]
    public void ToBFloat16_NaNWithLowPayload_StaysNaN()
    {
        float nan = BitConverter.UInt32BitsToSingle(0x7F800001);
        Assert.True(float.IsNaN(HalfFloats.FromBFloat16(HalfFloats.ToBFloat16(nan))));
        Assert.True(float.IsNaN(HalfFloats.FromFloat16(HalfFloats.ToFloat16(nan))));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public unsafe void Kernels_EveryBitPattern_ConvertExactly(Mend.Tensors.Cpu.InstructionSet set)
    {
        Mend.Tensors.Cpu.Kernels.CpuKernels kernels = Mend.Tensors.Cpu.Kernels.CpuKernels.For(set);
        ushort[] bits = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] converted = new float[65536];
        foreach (DType type in (DType[])[DType.BF16, DType.F16])
        {
            fixed (ushort* x = bits)
            {
                fixed (float* y = converted)
                {
                    kernels.Convert(type, x, y, 65536);
                }
            }

            for (int i = 0; i < 65536; i++)
            {
                float expected = type == DType.BF16 ? HalfFloats.FromBFloat16((ushort)i) : HalfFloats.FromFloat16((ushort)i);
                Assert.True(expected.Equals(converted[i]), $"{type} {i:X4} became {converted[i]}, not {expected}.");
                Assert.Equal(float.IsNegative(expected), float.IsNegative(converted[i]));
            }
        }
    }
}
