using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Mend.Cluster;

/// <summary>Says with every call who makes it: this process, whoever asked it to.</summary>
internal sealed class CallSigner(ClusterCertificates certificates, IOptions<ClusterOptions> cluster, TimeProvider time) : IOutgoingGrainCallFilter
{
    private Signed? _token;

    public Task Invoke(IOutgoingGrainCallContext context)
    {
        RequestContext.Set(CallerToken.Key, Token().Text);
        return context.Invoke();
    }

    private Signed Token()
    {
        Signed? known = Volatile.Read(ref _token);
        DateTimeOffset now = time.GetUtcNow();
        if (known is null || known.Token.Ends < now.Add(CallerToken.Lifetime / 2).UtcTicks)
        {
            Volatile.Write(ref _token, known = Signed.Of(CallerToken.Sign(certificates.Own, cluster.Value.ClusterId, now)));
        }

        return known;
    }

    private sealed record Signed(CallerToken Token, string Text)
    {
        public static Signed Of(CallerToken token) => new(token, token.Pack());
    }
}
