using System.Diagnostics;
using System.Net.Http.Json;

namespace Mend.Gateway.Tests.Reading;

/// <summary>That a generation that is stopped gives its keys and values back is tested where they are held.</summary>
[Collection(Errors.Alone.Name)]
public sealed class LeavingTests(OneProcess site) : IClassFixture<OneProcess>
{
    private const int Clients = 5;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1), Late = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Client_GoneInTheMiddle_StopsItsGenerationWithinASecond()
    {
        List<TimeSpan> taken = [];

        // A client that waits for the rest of what it does not want is not gone.
        using HttpClient http = new(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { BaseAddress = site.Address };
        for (int client = 0; client < Clients; client++)
        {
            site.Model.Begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            site.Model.Ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            site.Model.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using HttpRequestMessage request = new(HttpMethod.Post, "/v1/completions") { Content = JsonContent.Create(new { prompt = "the sky is", max_tokens = 30, stream = true }) };
            HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await site.Model.Begun.Task.WaitAsync(Late);

            long left = Stopwatch.GetTimestamp();
            response.Dispose();
            bool cancelled = await site.Model.Ended.Task.WaitAsync(Late);

            taken.Add(Stopwatch.GetElapsedTime(left));
            Assert.True(cancelled);
            site.Model.Hold = null;
        }

        // On a machine that others keep busy one may wait for its turn.
        Assert.True(taken.Min() < Soon, $"The quickest of {Clients} was stopped after {taken.Min()}.");
    }
}
