using CsCheck;

namespace Mend.Testing;

/// <summary>
/// Laws over random input that a seed gives, all of it: CsCheck alone takes its seed for the first input only, so that every run would
/// see others. An input that breaks the law is made small by CsCheck before it is shown.
/// </summary>
public static class Laws
{
    private const int Shrinking = 2000;

    public static void Hold<T>(this Gen<T> inputs, int count, ulong seed, Action<T> law)
    {
        PCG random = new(1, seed);
        for (int i = 0; i < count; i++)
        {
            string place = random.ToString();
            T input = inputs.Generate(random, null, out _);
            try
            {
                law(input);
            }
            catch (Exception)
            {
                inputs.Sample(law, seed: place, iter: Shrinking, threads: 1);
                throw;
            }
        }
    }

    /// <summary>Some inputs, always the same.</summary>
    public static T[] Take<T>(this Gen<T> inputs, int count, ulong seed) => inputs.Array[count].Generate(new PCG(1, seed), null, out _);
}
