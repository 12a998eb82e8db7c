using Mend.Ledger;

namespace Mend.Cluster;

/// <summary>Refuses calls that are about another model than the silo's, and calls to shards that were made for another plan of it.</summary>
internal sealed class ModelCheck(SiloModel model) : IIncomingGrainCallFilter
{
    public Task Invoke(IIncomingGrainCallContext context)
    {
        Type target = context.Request.GetInterfaceType();
        if (target == typeof(ICoordinatorGrain) || target == typeof(IShardGrain) || target == typeof(IEditorGrain))
        {
            string asked = GrainKeys.Model(context.TargetId.Key.ToString()!);
            if (asked != model.Options.Name)
            {
                throw new UnknownModelException(asked, model.Options.Name);
            }
        }

        if (target == typeof(IShardGrain))
        {
            (context.Grain as ShardGrain)?.Check();
            Check(RequestContext.Get(ModelDigest.Key) as string);
        }

        return context.Invoke();
    }

    /// <exception cref="ModelChangedException">The digests differ: silos are being restarted with other settings, say.</exception>
    private void Check(string? sent)
    {
        string own = model.Digest ?? throw new RetryableException("The silo reads its model's files; send the request again in a moment.");
        if (sent != own)
        {
            throw new ModelChangedException(
                $"The request was made for the model {ModelDigest.Short(sent ?? "of no digest")}, and this silo serves {ModelDigest.Short(own)}: another number of shards, compute type, release or file of the "
                + "model. Give every silo the same (Model:*, Silo:Compute) and send the request again.");
        }
    }
}
