namespace Mend.Models.Execution;

/// <summary>Reads how many experts a mixture has: families have names of their own for it, and Hugging Face's library others for them.</summary>
internal static class ExpertCount
{
    private static readonly string[] Others = ["num_experts", "num_local_experts"];

    /// <summary>Reads the number.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="name">The family's option.</param>
    /// <param name="fallback">What it means when there is none; null means that there are no experts.</param>
    /// <returns>The number, or null when the configuration says null.</returns>
    /// <exception cref="ModelException">Two options contradict each other.</exception>
    public static int? Read(ConfigReader config, string name, int? fallback)
    {
        string[] given = [.. Others.Prepend(name).Distinct().Where(config.Has)];
        int[] counts = [.. given.Select(option => config.Int(option)).Distinct()];
        return counts.Length switch
        {
            0 => config.IntOrNull(name, fallback),
            1 => counts[0],
            _ => throw new ModelException(
                $"'{config.Source}' has {string.Join(" and ", given.Select(option => $"{option} = {config.Int(option)}"))}; both mean the number of experts. Keep the one that the weights have."),
        };
    }
}
