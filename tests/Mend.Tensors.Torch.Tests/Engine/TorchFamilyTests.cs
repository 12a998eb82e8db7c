using Xunit.Abstractions;

namespace Mend.Tensors.Torch.Tests;

[NeedsLibTorch]
public sealed class TorchReferenceVerifierTests(ITestOutputHelper output) : ReferenceVerifierTests(TestEngines.Shared, output);

[NeedsLibTorch]
public sealed class TorchEditorTrainingTests(ITestOutputHelper output) : EditorTrainingTests(TestEngines.Shared, output);

[NeedsLibTorch]
public sealed class TorchFamilyReferenceTests(ITestOutputHelper output) : FamilyReferenceTests(TestEngines.Shared, output);

[NeedsLibTorch]
public sealed class TorchGgufReferenceTests(ITestOutputHelper output) : GgufReferenceTests(TestEngines.Shared, output);

[NeedsLibTorch]
public sealed class TorchGgufFamilyReferenceTests(ITestOutputHelper output) : GgufFamilyReferenceTests(TestEngines.Shared, output);
