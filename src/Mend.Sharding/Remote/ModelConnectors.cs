using System.Reflection;

namespace Mend.Sharding;

/// <summary>
/// The connector to clusters, from the assembly Mend.Cluster where that lies beside the program: a build without Orleans needs no other
/// code than one with it.
/// </summary>
public static class ModelConnectors
{
    private const string ClusterAssembly = "Mend.Cluster";

    private static readonly Lazy<IModelConnector?> Found = new(() => Discover(ClusterAssembly));

    /// <summary>The connector; null where the assembly is missing or was built without Orleans.</summary>
    public static IModelConnector? Cluster => Found.Value;

    internal static IModelConnector? Discover(string assembly)
    {
        try
        {
            return Load(assembly).GetCustomAttribute<ModelConnectorAttribute>() is { } named ? (IModelConnector?)Activator.CreateInstance(named.Type) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            return null;
        }
    }

    /// <summary>By name where the program refers to it, else from the program's folder with what lies there.</summary>
    private static Assembly Load(string assembly)
    {
        try
        {
            return Assembly.Load(new AssemblyName(assembly));
        }
        catch (FileNotFoundException)
        {
            return Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
        }
    }
}
