using System.Reflection;

namespace Mend.Models.Tokenizers.Sources;

/// <summary>
/// The reader of SentencePiece models from the assembly Mend.Models.SentencePiece where that lies beside the program, so a
/// build without Microsoft.ML.Tokenizers needs no other code than one with it.
/// </summary>
internal static class SentencePieceAssembly
{
    private const string Name = "Mend.Models.SentencePiece";

    private static readonly Lazy<ITokenizerSource?> Found = new(Discover);

    /// <summary>The reader; null where the assembly is missing or was built without the package.</summary>
    public static ITokenizerSource? Source => Found.Value;

    private static ITokenizerSource? Discover()
    {
        try
        {
            return Load().GetCustomAttribute<TokenizerSourceAttribute>() is { } named ? (ITokenizerSource?)Activator.CreateInstance(named.Type) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            return null;
        }
    }

    /// <summary>By name where the program refers to it, else from the program's folder with what lies there.</summary>
    private static Assembly Load()
    {
        try
        {
            return Assembly.Load(new AssemblyName(Name));
        }
        catch (FileNotFoundException)
        {
            return Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, Name + ".dll"));
        }
    }
}
