using System.Reflection;
using Mend.Tensors;

namespace Mend.Models;

/// <summary>The families that this assembly knows: every <see cref="IModelFamily"/> in it, so a new family is one new file.</summary>
public static class ModelFamilies
{
    private static readonly Lazy<IReadOnlyDictionary<string, IModelFamily>> ByType = new(() =>
        typeof(ModelFamilies).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IModelFamily)))
            .Select(t => (IModelFamily)Activator.CreateInstance(t, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, null, null, null)!)
            .SelectMany(f => f.ModelTypes.Select(type => (type, f)))
            .ToDictionary(pair => pair.type, pair => pair.f));

    /// <summary>The supported values of model_type, sorted.</summary>
    public static IReadOnlyList<string> SupportedTypes => [.. ByType.Value.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Describes the model of a folder or configuration file.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="weights">The weights that go with it, opened when something depends on them; null describes what the configuration alone says.</param>
    /// <exception cref="ModelException">The family is unknown, the weights are quantised, or an option is missing, malformed, unsupported or unknown.</exception>
    public static ModelArchitecture Describe(ConfigReader config, Lazy<Checkpoint>? weights = null)
    {
        if (!ByType.Value.TryGetValue(config.ModelType, out IModelFamily? family))
        {
            throw new ModelException(
                $"'{config.Source}' is of the family '{config.ModelType}', which is not supported. Supported: {string.Join(", ", SupportedTypes)}.");
        }

        QuantizedWeights.Refuse(config);
        config.Weights = weights;
        ModelArchitecture architecture = Describe(family, config);
        config.ThrowIfUnread();
        return architecture with { Options = OptionsDigest.Of(config), Notes = config.Notes };
    }

    /// <summary>Lays out the chain and every parameter in it.</summary>
    private static ModelArchitecture Describe(IModelFamily family, ConfigReader config)
    {
        try
        {
            ModelArchitecture architecture = family.Describe(config);
            _ = architecture.Stages.Sum(s => s.Parameters.Count);
            return architecture;
        }
        catch (Exception e) when (e is ArgumentOutOfRangeException or OverflowException or ShapeException)
        {
            throw new ModelException($"'{config.Source}' describes a matrix that cannot be: a size in it is negative or far too large. Take config.json from the model's own folder.", e);
        }
    }
}
