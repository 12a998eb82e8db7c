namespace Mend.Models.Execution;

/// <summary>
/// Reads the options of rotary embeddings: rope_theta with rope_scaling as configurations had them first, or both in
/// rope_parameters as newer ones have them.
/// </summary>
internal static class RotaryOptions
{
    /// <summary>Reads them.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="size">Entries of a head that are turned.</param>
    /// <param name="positions">The option max_position_embeddings.</param>
    /// <param name="theta">Default base.</param>
    /// <returns>The frequencies, and the longest sequence that the scaling is made for.</returns>
    public static (RotaryFrequencies Frequencies, int Positions) Read(ConfigReader config, int size, int positions, double theta)
    {
        if (size % 2 != 0)
        {
            throw new ModelException($"'{config.Source}' turns {size} entries of each head by rotary embeddings; an even number is wanted. Check head_dim.");
        }

        ConfigReader? scaling = config.Section("rope_parameters") ?? config.Section("rope_scaling");
        double own = config.Number("rope_theta", theta);
        double used = scaling?.Number("rope_theta", own) ?? own;
        config.Ignore("rope_scaling", "original_max_position_embeddings");
        foreach (ConfigReader reader in new[] { config, scaling }.OfType<ConfigReader>())
        {
            if (reader.Number("partial_rotary_factor", 1) != 1)
            {
                throw new ModelException($"'{reader.Source}' turns only part of each head (partial_rotary_factor); this family turns all of it.");
            }
        }

        RotaryFrequencies plain = RotaryFrequencies.Plain(size, used);
        return scaling is null ? (plain, positions) : Scaled(scaling, plain, positions, used);
    }

    private static (RotaryFrequencies Frequencies, int Positions) Scaled(ConfigReader scaling, RotaryFrequencies plain, int positions, double theta)
    {
        string named = scaling.String("rope_type", scaling.String("type", "default"));
        int original = scaling.Int("original_max_position_embeddings", positions);
        double? factor = scaling.Has("factor") ? scaling.Number("factor") : null;
        double Required() => factor ?? scaling.Number("factor");
        int longest = Math.Max(positions, (int)Math.Min(int.MaxValue, original * (factor ?? 1)));
        return named switch
        {
            "default" => (plain, positions),
            "linear" => (plain.Linear(Required()), longest),
            "llama3" => (plain.Llama3(Required(), scaling.Number("low_freq_factor"), scaling.Number("high_freq_factor"), original), longest),
            "yarn" => (Yarn(scaling, plain, theta, factor ?? (double)positions / original, original), longest),
            _ => throw new ModelException($"'{scaling.Source}' names the rope scaling '{named}'. Supported: default, linear, llama3, yarn."),
        };
    }

    private static RotaryFrequencies Yarn(ConfigReader scaling, RotaryFrequencies plain, double theta, double factor, int original)
    {
        double OfScale(double weight) => factor <= 1 ? 1 : (0.1 * weight * Math.Log(factor)) + 1;
        double mscale = scaling.Number("mscale", 0), mscaleAll = scaling.Number("mscale_all_dim", 0);
        double magnitude = scaling.Number("attention_factor", mscale != 0 && mscaleAll != 0 ? OfScale(mscale) / OfScale(mscaleAll) : OfScale(1));
        return plain.Yarn(
            theta, factor, scaling.Number("beta_fast", 32), scaling.Number("beta_slow", 1), original, scaling.Bool("truncate", true), magnitude);
    }
}
