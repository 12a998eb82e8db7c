using Mend.Tensors.Cpu.Products;

namespace Mend.Tensors.Cpu.Kernels;

/// <summary>The kernels for one kind of register: matrix products.</summary>
internal sealed unsafe partial class CpuKernels<V>
{
    /// <inheritdoc/>
    public override long ProductScratch(in Product product, int rows, int columns) => Blocks<V>.Scratch(product, rows, columns);

    /// <inheritdoc/>
    public override void Multiply(in Product product, int row, int rows, int column, int columns, float* scratch) =>
        Blocks<V>.Run(product, row, rows, column, columns, scratch);
}
