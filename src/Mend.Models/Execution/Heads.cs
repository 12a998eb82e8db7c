namespace Mend.Models.Execution;

/// <summary>Checks that heads divide a width.</summary>
internal static class Heads
{
    /// <exception cref="ModelException">They do not.</exception>
    public static void Check(ConfigReader config, int width, int heads, string widthName, string headsName)
    {
        if (heads < 1 || width < 1 || width % heads != 0)
        {
            throw new ModelException($"'{config.Source}' has {widthName} = {width} and {headsName} = {heads}; the first must be a multiple of the second.");
        }
    }
}
