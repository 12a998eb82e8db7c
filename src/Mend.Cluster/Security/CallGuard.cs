using System.Collections.Concurrent;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Mend.Cluster;

/// <summary>Refuses calls whose makers have not the right to them.</summary>
internal sealed class CallGuard(ClusterCertificates certificates, IOptions<ClusterOptions> cluster, TimeProvider time) : IIncomingGrainCallFilter
{
    /// <summary>Tokens that were looked at: checking a signature takes as long as a small pass.</summary>
    private const int MostKnown = 1024;

    /// <summary>What every client asks for first: which grains there are.</summary>
    private const string ManifestOfGrains = "IClusterManifestSystemTarget";

    private const string RightKey = "mend.right";

    private readonly ConcurrentDictionary<string, (long Ends, string Name, CallerRight Right)> _known = [];
    private readonly ConcurrentDictionary<MethodInfo, CallerRight> _needs = [];

    public Task Invoke(IIncomingGrainCallContext context)
    {
        Type target = context.Request.GetInterfaceType();
        bool ours = target.Assembly == typeof(CallGuard).Assembly;

        // What silos say to each other beside the grains of this project carries no token; clients have no business there.
        if (!ours && !(context.SourceId is { } source && source.IsClient()))
        {
            return context.Invoke();
        }

        CallerRight wanted = ours ? _needs.GetOrAdd(context.InterfaceMethod, Needs) : target.Name == ManifestOfGrains ? CallerRight.None : CallerRight.Operate;
        if (wanted != CallerRight.None)
        {
            (string name, CallerRight right) = Caller(RequestContext.Get(CallerToken.Key) as string);
            RequestContext.Set(RightKey, (int)right);
            if (right < wanted)
            {
                throw new NotAllowedException(
                    $"{name} may not call {context.InterfaceName}.{context.MethodName}: it has the right {Text(right)}, and {Text(wanted)} is wanted. Use a certificate whose subject has OU={Text(wanted)}.");
            }
        }

        return context.Invoke();
    }

    /// <summary>Whether the caller of the call at work may edit; where calls are not guarded, everybody may.</summary>
    public static bool MayEdit => RequestContext.Get(RightKey) is not int right || right >= (int)CallerRight.Edit;

    private static CallerRight Needs(MethodInfo method) =>
        (method.GetCustomAttribute<NeedsAttribute>() ?? method.DeclaringType?.GetCustomAttribute<NeedsAttribute>())?.Right ?? CallerRight.Silo;

    private static string Text(CallerRight right) => right.ToString().ToLowerInvariant();

    private (string Name, CallerRight Right) Caller(string? text)
    {
        if (CallerToken.Unpack(text) is not { } token)
        {
            return ("Who shows no certificate", CallerRight.None);
        }

        DateTimeOffset now = time.GetUtcNow();
        string key = Convert.ToBase64String(token.Signature);
        if (_known.TryGetValue(key, out (long Ends, string Name, CallerRight Right) known) && known.Ends == token.Ends && known.Ends > now.UtcTicks)
        {
            return (known.Name, known.Right);
        }

        using X509Certificate2? certificate = token.Read(cluster.Value.ClusterId, now);
        if (certificate is null)
        {
            return ("Whose certificate is not its own, or whose clock differs by hours,", CallerRight.None);
        }

        if (_known.Count >= MostKnown)
        {
            _known.Clear();
        }

        _known[key] = known = (token.Ends, certificate.Subject, certificates.RightOf(certificate));
        return (known.Name, known.Right);
    }
}
