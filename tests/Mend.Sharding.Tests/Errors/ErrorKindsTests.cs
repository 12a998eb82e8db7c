using System.Reflection;
using System.Runtime.CompilerServices;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Sharding.Tests.Errors;

public sealed class ErrorKindsTests
{
    /// <summary>What is thrown and caught inside, and never told.</summary>
    private static readonly string[] Inner = ["ShapeException"];

    public static TheoryData<Type> Exceptions { get; } =
    [
        .. new[] { typeof(EditLedger), typeof(EditRequestException), typeof(IEditableModel), typeof(ModelException), typeof(IEngine) }.Select(t => t.Assembly)
            .SelectMany(a => a.GetExportedTypes()).Where(t => t.IsSubclassOf(typeof(Exception)) && !t.IsAbstract && !Inner.Contains(t.Name)),
    ];

    [Theory]
    [MemberData(nameof(Exceptions))]
    public void Of_EachExceptionOfOurs_IsExpected(Type type) =>
        Assert.NotEqual(ErrorKinds.Unexpected, ErrorKinds.Of((Exception)RuntimeHelpers.GetUninitializedObject(type)));

    [Fact]
    public void All_Kinds_HaveOneNameEachAndAreInTheTable()
    {
        IEnumerable<ErrorKind> declared = typeof(ErrorKinds).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (ErrorKind)f.GetValue(null)!);

        Assert.Equal(declared, ErrorKinds.All);
        Assert.Equal(ErrorKinds.All.Count, ErrorKinds.All.Select(k => k.Name).Distinct().Count());
        Assert.All(ErrorKinds.All, k => Assert.True(k.ExitCode is > 0 and < 256 && k.HttpStatus is >= 400 and < 600, $"{k}"));
    }

    [Fact]
    public void Of_OneWrapped_IsItsKind() => Assert.Equal(ErrorKinds.TryAgain, ErrorKinds.Of(new AggregateException(new RetryableException("x"))));
}
