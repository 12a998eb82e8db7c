using Xunit.Abstractions;
using Xunit.Sdk;

namespace Mend.Ledger.Tests;

/// <summary>A test of every store; of the one in PostgreSQL it is skipped, with the reason, where there is no server.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Mend.Ledger.Tests." + nameof(StoreFactDiscoverer), "Mend.Ledger.Tests")]
public sealed class StoreFactAttribute : FactAttribute;

/// <summary>Several such tests.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Mend.Ledger.Tests." + nameof(StoreTheoryDiscoverer), "Mend.Ledger.Tests")]
public sealed class StoreTheoryAttribute : TheoryAttribute;

public sealed class StoreFactDiscoverer(IMessageSink messages) : FactDiscoverer(messages)
{
    public override IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo fact) =>
        Skipped(DiagnosticMessageSink, options, method) ?? base.Discover(options, method, fact);

    internal static IEnumerable<IXunitTestCase>? Skipped(IMessageSink messages, ITestFrameworkDiscoveryOptions options, ITestMethod method) =>
        PostgresPrograms.Missing is { } reason && method.TestClass.TestCollection.DisplayName == PostgresCollection.Name
            ? [new XunitSkippedDataRowTestCase(messages, options.MethodDisplayOrDefault(), options.MethodDisplayOptionsOrDefault(), method, reason)]
            : null;
}

public sealed class StoreTheoryDiscoverer(IMessageSink messages) : TheoryDiscoverer(messages)
{
    public override IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions options, ITestMethod method, IAttributeInfo theory) =>
        StoreFactDiscoverer.Skipped(DiagnosticMessageSink, options, method) ?? base.Discover(options, method, theory);
}
