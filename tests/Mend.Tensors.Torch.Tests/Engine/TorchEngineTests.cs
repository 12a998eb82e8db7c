namespace Mend.Tensors.Torch.Tests;

public sealed class TorchAdamTests : AdamTests<TestEngines>;

public sealed class TorchBroadcastTests : BroadcastTests<TestEngines>;

public sealed class TorchIndexingTests : IndexingTests<TestEngines>;

public sealed class TorchLayoutTests : LayoutTests<TestEngines>;

public sealed class TorchLinearTests : LinearTests<TestEngines>;

public sealed class TorchQuantizedTests : QuantizedTests<TestEngines>;

public sealed class TorchMatMulTests : MatMulTests<TestEngines>;

public sealed class TorchRowTests : RowTests<TestEngines>;

public sealed class TorchStorageTests : StorageTests<TestEngines>;

public sealed class TorchUnaryTests : UnaryTests<TestEngines>;
