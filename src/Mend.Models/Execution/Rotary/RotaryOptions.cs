using System.Text.Json;

namespace Mend.Models.Execution;

/// <summary>
/// Reads the options of rotary embeddings: rope_theta with rope_scaling and partial_rotary_factor as configurations had them first, or all
/// of it in rope_parameters as newer ones have it.
/// </summary>
internal static class RotaryOptions
{
    private const string Parameters = "rope_parameters", Scaling = "rope_scaling", Original = "original_max_position_embeddings", Partial = "partial_rotary_factor";

    /// <summary>Reads them.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="defaults">What absent options mean in the family.</param>
    /// <exception cref="ModelException">An option is malformed, or contradicts another.</exception>
    public static RotaryScheme Read(ConfigReader config, RotaryDefaults defaults)
    {
        ConfigReader? parameters = config.Section(Parameters), scaling = config.Section(Scaling);
        if (parameters is not null && scaling is not null)
        {
            RequireAgreement(config);
            scaling.IgnoreAll();
        }

        return Of(config, parameters ?? scaling, defaults with
        {
            Theta = config.Number("rope_theta", defaults.Theta),
            Share = config.Has(Partial) ? Share(config, config.Number(Partial), defaults) : defaults.Share,
            Original = config.Has(Original) ? config.Int(Original) : defaults.Original,
        });
    }

    /// <summary>Reads the options of one object, for families that have several.</summary>
    /// <param name="config">The configuration, for messages.</param>
    /// <param name="scaling">The object; null means no scaling.</param>
    /// <param name="defaults">What absent options mean.</param>
    /// <exception cref="ModelException">An option is malformed.</exception>
    public static RotaryScheme Of(ConfigReader config, ConfigReader? scaling, RotaryDefaults defaults)
    {
        double theta = Positive(config, "rope_theta", scaling?.Number("rope_theta", defaults.Theta) ?? defaults.Theta);
        double? share = scaling?.Has(Partial) == true ? Share(config, scaling.Number(Partial), defaults) : defaults.Share;
        RotaryFrequencies plain = RotaryFrequencies.Plain(Size(config, share ?? 1, defaults), theta);
        return scaling is null ? RotaryScheme.Fixed(plain, defaults.Positions) : Scaled(scaling, plain, theta, defaults);
    }

    /// <summary>The part of a head that is turned, where the family can turn parts.</summary>
    private static double? Share(ConfigReader config, double share, RotaryDefaults defaults) => defaults.Share is not null
        ? share
        : share == 1 ? null : throw new ModelException(
            $"'{config.Source}' turns only part of each head ({Partial} = {share}); the family '{config.ModelType}' turns all of it.");

    /// <summary>Entries of a head that are turned.</summary>
    private static int Size(ConfigReader config, double share, RotaryDefaults defaults)
    {
        int size = (int)(defaults.HeadSize * share);
        return size is > 0 && size % 2 == 0 && share <= 1
            ? size
            : throw new ModelException(
                $"'{config.Source}' turns {size} of the {defaults.HeadSize} entries of each head by rotary embeddings; an even number is wanted, and no more " +
                $"than there are. Check head_dim and {Partial} (in older files also rotary_pct).");
    }

    private static RotaryScheme Scaled(ConfigReader scaling, RotaryFrequencies plain, double theta, RotaryDefaults defaults)
    {
        int positions = defaults.Positions;
        string named = scaling.String("rope_type", scaling.String("type", "default"));
        scaling.Ignore("type");
        int inside = scaling.Int(Original, positions);
        int original = Positive(scaling, Original, defaults.Original ?? inside);
        double? factor = scaling.Has("factor") ? Positive(scaling, "factor", scaling.Number("factor")) : null;
        double Required() => factor ?? scaling.Number("factor");
        int longest = Math.Max(positions, (int)Math.Min(int.MaxValue, original * (factor ?? 1)));
        return (defaults.Names?.GetValueOrDefault(named) ?? named) switch
        {
            "default" => RotaryScheme.Fixed(plain, positions),
            "linear" => RotaryScheme.Fixed(plain.Linear(Required()), longest),

            // Hugging Face measures by max_position_embeddings here, whatever the length of pre-training is said to be.
            "dynamic" => RotaryScheme.Dynamic(2 * plain.PerPosition.Length, theta, Required(), positions),
            "llama3" => RotaryScheme.Fixed(Llama3(scaling, plain, Required(), original), longest),
            "yarn" => Yarn(scaling, plain, theta, factor ?? (double)positions / original, original, longest),
            "longrope" => LongRope(scaling, plain, factor ?? (double)positions / original, original, longest),
            _ => throw new ModelException(
                $"'{scaling.Source}' names the rope scaling '{named}'. Supported: default, linear, dynamic, llama3, yarn, longrope."),
        };
    }

    private static RotaryFrequencies Llama3(ConfigReader scaling, RotaryFrequencies plain, double factor, int original)
    {
        (double low, double high) = (scaling.Number("low_freq_factor"), scaling.Number("high_freq_factor"));
        return low < high
            ? plain.Llama3(factor, low, high, original)
            : throw new ModelException($"'{scaling.Source}' has low_freq_factor = {low} and high_freq_factor = {high}; the first must be below the second.");
    }

    private static RotaryScheme Yarn(ConfigReader scaling, RotaryFrequencies plain, double theta, double factor, int original, int positions)
    {
        double OfScale(double weight) => factor <= 1 ? 1 : (0.1 * weight * Math.Log(factor)) + 1;
        double mscale = scaling.Number("mscale", 0), mscaleAll = scaling.Number("mscale_all_dim", 0);
        double magnitude = scaling.Number("attention_factor", mscale != 0 && mscaleAll != 0 ? OfScale(mscale) / OfScale(mscaleAll) : OfScale(1));
        (double fast, double slow) = (scaling.Number("beta_fast", 32), scaling.Number("beta_slow", 1));
        if (fast < slow || slow <= 0)
        {
            throw new ModelException($"'{scaling.Source}' has beta_fast = {fast} and beta_slow = {slow}; the first must be the larger, the second above 0.");
        }

        // The first models with YaRN say that they were trained with it; without that, their own code scales by the length of the text.
        scaling.Require("finetuned", true, "the scaling would grow with the text");
        RotaryFrequencies frequencies = plain.Yarn(theta, factor, fast, slow, original, scaling.Bool("truncate", true), magnitude);
        return RotaryScheme.Fixed(frequencies, positions, OfScale(mscaleAll));
    }

    private static RotaryScheme LongRope(ConfigReader scaling, RotaryFrequencies plain, double factor, int original, int positions)
    {
        double magnitude = scaling.Number("attention_factor", factor <= 1 ? 1 : Math.Sqrt(1 + (Math.Log(factor) / Math.Log(original))));
        RotaryFrequencies By(string option)
        {
            IReadOnlyList<double> factors = scaling.Numbers(option);
            int pairs = plain.PerPosition.Length;
            return factors.Count == pairs && factors.All(f => f > 0)
                ? new RotaryFrequencies([.. plain.PerPosition.Zip(factors, (angle, divisor) => angle / divisor)], magnitude)
                : throw new ModelException($"'{scaling.Source}' has {factors.Count} numbers in {option}; {pairs} positive ones are wanted, one per pair of a head's turned entries.");
        }

        return RotaryScheme.Long(By("short_factor"), By("long_factor"), original, positions);
    }

    private static T Positive<T>(ConfigReader scaling, string option, T value)
        where T : System.Numerics.INumber<T> =>
        value > T.Zero ? value : throw new ModelException($"'{scaling.Source}' has {option} = {value}; a positive number is wanted.");

    /// <summary>Files for readers of both ages say the same twice.</summary>
    private static void RequireAgreement(ConfigReader config)
    {
        JsonElement parameters = config.Element(Parameters)!.Value;
        foreach (JsonProperty option in config.Element(Scaling)!.Value.EnumerateObject())
        {
            string name = option.Name == "type" ? "rope_type" : option.Name;
            if (!parameters.TryGetProperty(name, out JsonElement other) || !JsonElement.DeepEquals(option.Value, other))
            {
                throw new ModelException(
                    $"'{config.Source}' has {Scaling} and {Parameters}, and they disagree about {name}. Keep the one that the model was trained with.");
            }
        }
    }
}

/// <summary>What absent options of rotary embeddings mean, where the families differ.</summary>
/// <param name="HeadSize">Entries of a head.</param>
/// <param name="Positions">The option max_position_embeddings.</param>
/// <param name="Theta">rope_theta.</param>
/// <param name="Share">partial_rotary_factor; null means that the family turns whole heads only.</param>
/// <param name="Original">
/// original_max_position_embeddings beside the scaling, which goes before the one in it; null means that none stands there.
/// </param>
internal sealed record RotaryDefaults(int HeadSize, int Positions, double Theta = 10000, double? Share = null, int? Original = null)
{
    /// <summary>Kinds of scaling that the family's files call otherwise; null means none.</summary>
    public IReadOnlyDictionary<string, string>? Names { get; init; }
}
