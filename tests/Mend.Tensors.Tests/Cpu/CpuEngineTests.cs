namespace Mend.Tensors.Tests;

public sealed class CpuAdamTests : AdamTests<TestEngines>;

public sealed class CpuBroadcastTests : BroadcastTests<TestEngines>;

public sealed class CpuIndexingTests : IndexingTests<TestEngines>;

public sealed class CpuLayoutTests : LayoutTests<TestEngines>;

public sealed class CpuLinearTests : LinearTests<TestEngines>;

public sealed class CpuQuantizedTests : QuantizedTests<TestEngines>;

public sealed class CpuMatMulTests : MatMulTests<TestEngines>;

public sealed class CpuRowTests : RowTests<TestEngines>;

public sealed class CpuAttentionTests : AttentionTests<TestEngines>;

public sealed class CpuStorageTests : StorageTests<TestEngines>;

public sealed class CpuUnaryTests : UnaryTests<TestEngines>;
