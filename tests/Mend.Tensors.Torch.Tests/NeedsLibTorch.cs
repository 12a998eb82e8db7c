using System.ComponentModel;
using Mend.Tensors.Torch.Native;
using Xunit.Abstractions;
using Xunit.Sdk;

[assembly: TestFramework("Mend.Tensors.Torch.Tests.LibTorchFramework", "Mend.Tensors.Torch.Tests")]

namespace Mend.Tensors.Torch.Tests;

/// <summary>
/// The tests of a class, those that it inherits too, need libtorch. This project brings it, so they are skipped only on a system
/// on which no libtorch that fits can be loaded, whatever is installed.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class NeedsLibTorchAttribute : Attribute;

/// <summary>xunit's own, but for tests that <see cref="NeedsLibTorchAttribute"/> skips: a suite's methods do not know on which engine they run.</summary>
public sealed class LibTorchFramework(IMessageSink messages) : XunitTestFramework(messages)
{
    protected override ITestFrameworkDiscoverer CreateDiscoverer(IAssemblyInfo assemblyInfo) =>
        new Discoverer(assemblyInfo, SourceInformationProvider, DiagnosticMessageSink);

    private sealed class Discoverer(IAssemblyInfo assembly, ISourceInformationProvider sources, IMessageSink messages)
        : XunitTestFrameworkDiscoverer(assembly, sources, messages)
    {
        protected override bool FindTestsForMethod(
            ITestMethod testMethod, bool includeSourceInformation, IMessageBus messageBus, ITestFrameworkDiscoveryOptions discoveryOptions)
        {
            bool skip = LibTorch.SystemProblem is not null
                && testMethod.TestClass.Class.GetCustomAttributes(typeof(NeedsLibTorchAttribute)).Any()
                && testMethod.Method.GetCustomAttributes(typeof(FactAttribute)).Any();
            return skip
                ? ReportDiscoveredTestCase(new SkippedCase(DiagnosticMessageSink, discoveryOptions, testMethod), includeSourceInformation, messageBus)
                : base.FindTestsForMethod(testMethod, includeSourceInformation, messageBus, discoveryOptions);
        }
    }
}

/// <summary>A test method, once for all its data, that is skipped.</summary>
public sealed class SkippedCase : XunitTestCase
{
    [EditorBrowsable(EditorBrowsableState.Never)]
    [Obsolete("For deserialization.")]
    public SkippedCase()
    {
    }

    public SkippedCase(IMessageSink messages, ITestFrameworkDiscoveryOptions options, ITestMethod method)
        : base(messages, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method)
    {
    }

    protected override string? GetSkipReason(IAttributeInfo factAttribute) => LibTorch.SystemProblem;
}
