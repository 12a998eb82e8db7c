using System.ComponentModel.DataAnnotations;
using Mend.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Serialization;

namespace Mend.Cluster;

/// <summary>Adds a model's shards to a silo.</summary>
public static class SiloBuilderExtensions
{
    /// <summary>Adds the grains of a model and what they need. The silo loads its shards when it starts.</summary>
    /// <param name="builder">The silo.</param>
    /// <param name="model">The model, the same on every silo.</param>
    /// <param name="silo">What this silo offers.</param>
    /// <exception cref="ArgumentException">An option is out of range; all that are wrong are named.</exception>
    public static ISiloBuilder AddMendCluster(this ISiloBuilder builder, ClusteredModelOptions model, SiloShardOptions silo)
    {
        List<ValidationResult> wrong = [];
        Validator.TryValidateObject(model, new ValidationContext(model), wrong, validateAllProperties: true);
        Validator.TryValidateObject(silo, new ValidationContext(silo), wrong, validateAllProperties: true);
        string[] problems = [.. wrong.Select(w => $"{w.MemberNames.Single()}: {w.ErrorMessage}"), .. silo.RolesProblem(model.Shards) is { } roles ? [roles] : Array.Empty<string>()];
        if (problems.Length > 0)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, problems));
        }

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<LedgerStoreFactory>(services => ledger => LedgerStores.Open(ledger, model.Name, services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton(services => new SiloModel(
            model, silo, services.GetRequiredService<LedgerStoreFactory>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<SiloModel>>()));
        builder.Services.AddSingleton<ShardMap>();
        builder.Services.AddSingleton(services => new SiloShards(
            services.GetRequiredService<SiloModel>(),
            services.GetRequiredService<ShardMap>(),
            services.GetRequiredService<IGrainFactory>(),
            services.GetRequiredService<ILocalSiloDetails>().SiloAddress,
            services.GetRequiredService<ILogger<SiloShards>>()));
        builder.Services.AddHostedService<ShardKeeper>();
        builder.Services.AddHostedService<ModelWatch>();
        builder.AddPlacementDirector<ShardPlacement, ShardPlacementDirector>();
        builder.AddPlacementDirector<CoordinatorPlacement, CoordinatorPlacementDirector>();
        builder.AddPlacementDirector<OfferPlacement, OfferPlacementDirector>();
        builder.Services.CarryExceptions();
        builder.Configure<SiloMessagingOptions>(CancelForgotten);
        builder.Configure<SiloMessagingOptions>(options => options.MaxMessageBodySize = (int)model.MessageLimit);
        builder.Services.AddSingleton(services => services.GetRequiredService<SiloModel>().Parcels);
        builder.AddGrainExtension<IParcels, ParcelDesk>();
        RunningCalls calls = new();
        builder.Services.AddSingleton(calls);
        builder.AddIncomingGrainCallFilter(calls);
        builder.AddIncomingGrainCallFilter<ModelCheck>();
        builder.AddGrainExtension<ICallKeeper, CallKeeper>();
        builder.AddOutgoingGrainCallFilter<CallWatch>();
        return builder;
    }

    /// <summary>Lets exceptions cross the wire as what they are, with their causes: a database driver's, say. What a receiver does not know, it shows by name.</summary>
    internal static IServiceCollection CarryExceptions(this IServiceCollection services) =>
        services.Configure<ExceptionSerializationOptions>(options => options.SupportedExceptionTypeFilter = static _ => true);

    /// <summary>
    /// Stops calls on the silo that works on them once their callers have forgotten them. A caller who cancels says so by itself; one whose
    /// time limit passed does not, unless asked to, nor is it known when the word was lost on its way.
    /// </summary>
    internal static void CancelForgotten(MessagingOptions options)
    {
        options.CancelRequestOnTimeout = true;
        options.CancelUnknownRequestOnStatusUpdate = true;
    }
}
