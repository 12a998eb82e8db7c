namespace Mend.Tensors.Torch.Tests;

[NeedsLibTorch]
public sealed class TorchAdamTests : AdamTests<TestEngines>;

[NeedsLibTorch]
public sealed class TorchBroadcastTests : BroadcastTests<TestEngines>;

[NeedsLibTorch]
public sealed class TorchIndexingTests : IndexingTests<TestEngines>;

[NeedsLibTorch]
public sealed class TorchLayoutTests : LayoutTests<TestEngines>;

[NeedsLibTorch]
public sealed class TorchLinearTests : LinearTests<TestEngines>;

[NeedsLibTorch]
public sealed class TorchQuantizedTests : QuantizedTests<TestEngines>;

[NeedsLibTorch]
public sealed class TorchMatMulTests : MatMulTests<TestEngines>;

[NeedsLibTorch]
public sealed class TorchRowTests : RowTests<TestEngines>;

[NeedsLibTorch]
public sealed class TorchAttentionTests : AttentionTests<TestEngines>;

[NeedsLibTorch]
public sealed class TorchStorageTests : StorageTests<TestEngines>;

[NeedsLibTorch]
public sealed class TorchUnaryTests : UnaryTests<TestEngines>;
