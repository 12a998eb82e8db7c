using Xunit.Abstractions;

namespace Mend.Sharding.Tests.Families;

public sealed class CpuReferenceVerifierTests(ITestOutputHelper output) : ReferenceVerifierTests(ModelFixtures.Engine, output);

public sealed class CpuEditorTrainingTests(ITestOutputHelper output) : EditorTrainingTests(ModelFixtures.Engine, output);

public sealed class CpuFamilyReferenceTests(ITestOutputHelper output) : FamilyReferenceTests(ModelFixtures.Engine, output);

public sealed class CpuGgufReferenceTests(ITestOutputHelper output) : GgufReferenceTests(ModelFixtures.Engine, output);

public sealed class CpuGgufFamilyReferenceTests(ITestOutputHelper output) : GgufFamilyReferenceTests(ModelFixtures.Engine, output);
