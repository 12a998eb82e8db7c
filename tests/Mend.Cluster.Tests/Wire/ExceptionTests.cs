using Mend.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Mend.Cluster.Tests.Wire;

public sealed class ExceptionTests
{
    [Fact]
    public void RoundTrip_CauseFromAnotherLibrary_ArrivesAsWhatItIs()
    {
        Serializer serializer = new ServiceCollection().AddSerializer().CarryExceptions().BuildServiceProvider().GetRequiredService<Serializer>();
        RetryableException sent = new("The database restarts.", new Xunit.Sdk.XunitException("connection reset"));

        Exception received = serializer.Deserialize<Exception>(serializer.SerializeToArray<Exception>(sent));

        Assert.Equal("The database restarts.", Assert.IsType<RetryableException>(received).Message);
        Assert.Equal("connection reset", received.InnerException!.Message);
    }
}
