using System.Reflection;
using System.Runtime.CompilerServices;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Mend.Cluster.Tests.Wire;

public sealed class ExceptionWireTests
{
    /// <summary>Every exception that a caller can act on.</summary>
    public static TheoryData<Type> Kinds { get; } =
    [
        .. new[] { typeof(RetryableException).Assembly, typeof(EditRequestException).Assembly, typeof(DraftLostException).Assembly }
            .SelectMany(a => a.GetExportedTypes()).Where(t => t.IsSubclassOf(typeof(Exception)) && !t.IsAbstract),
    ];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Exception_OverTheWire_IsWhatItWas(Type kind)
    {
        using ServiceProvider services = new ServiceCollection().AddSerializer().CarryExceptions().BuildServiceProvider();
        Serializer serializer = services.GetRequiredService<Serializer>();
        Exception sent = Make(kind);

        Exception received = serializer.Deserialize<Exception>(serializer.SerializeToArray<Exception>(sent))!;

        Assert.IsType(kind, received);
        Assert.Equal("what happened", received.Message);
        Assert.Equal(sent.InnerException?.Message, received.InnerException?.Message);
    }

    [Fact]
    public void Exception_CausedByAnotherLibrary_IsWhatItWas()
    {
        using ServiceProvider services = new ServiceCollection().AddSerializer().CarryExceptions().BuildServiceProvider();
        Serializer serializer = services.GetRequiredService<Serializer>();
        RetryableException sent = new("The database restarts.", new Xunit.Sdk.XunitException("connection reset"));

        Exception received = serializer.Deserialize<Exception>(serializer.SerializeToArray<Exception>(sent))!;

        Assert.Equal("The database restarts.", Assert.IsType<RetryableException>(received).Message);
        Assert.Equal("connection reset", received.InnerException!.Message);
    }

    /// <summary>Constructors differ and some are internal; what must cross the wire is type, message and cause.</summary>
    private static Exception Make(Type kind)
    {
        Exception made = (Exception)RuntimeHelpers.GetUninitializedObject(kind);
        typeof(Exception).GetField("_message", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(made, "what happened");
        typeof(Exception).GetField("_innerException", BindingFlags.Instance | BindingFlags.NonPublic)!.SetValue(made, new RetryableException("why"));
        return made;
    }
}
