using System.Reflection;
using System.Runtime.CompilerServices;

namespace Mend.Cluster.Tests.Wire;

/// <summary>Instances of wire types in which every member says something, texts a marker among it.</summary>
internal static class Filled
{
    public const string Marker = "the marker of the tests";

    /// <summary>Every type that the assembly puts on the wire, the generic ones with something in them.</summary>
    public static IReadOnlyList<Type> Types { get; } =
    [
        .. typeof(WirePass).Assembly.GetTypes()
            .Where(t => t.GetCustomAttribute<GenerateSerializerAttribute>() is not null && !t.IsAbstract && !t.IsSubclassOf(typeof(PlacementStrategy)))
            .Select(t => t.IsGenericTypeDefinition ? t.MakeGenericType(typeof(WireEdit[])) : t).OrderBy(t => t.Name, StringComparer.Ordinal),
    ];

    /// <summary>The members that go on the wire, by their numbers.</summary>
    public static IReadOnlyList<(uint Id, FieldInfo Field)> Members(Type type) =>
    [
        .. (from field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            let id = field.GetCustomAttribute<IdAttribute>() ?? Property(type, field)?.GetCustomAttribute<IdAttribute>()
            where id is not null
            orderby id.Id
            select (id.Id, field)),
    ];

    public static object Of(Type type) => Of(type, 0);

    private static object Of(Type type, int seed)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
        {
            return Of(inner, seed);
        }

        if (type.IsArray)
        {
            Array array = Array.CreateInstance(type.GetElementType()!, type.GetElementType() == typeof(byte) ? 8 : 2);
            for (int i = 0; i < array.Length; i++)
            {
                array.SetValue(Of(type.GetElementType()!, seed + i), i);
            }

            return array;
        }

        object? simple = Type.GetTypeCode(type) switch
        {
            TypeCode.String => $"{Marker} {seed}",
            TypeCode.Boolean => true,
            TypeCode.Byte => type.IsEnum ? Enum.GetValues(type).GetValue(1) : (byte)(seed + 1),
            TypeCode.Int32 => type.IsEnum ? Enum.GetValues(type).GetValue(1) : seed + 2,
            TypeCode.Int64 => seed + 3L,
            TypeCode.Single => seed + 0.5f,
            TypeCode.Double => seed + 0.25,
            _ => null,
        };
        return simple ?? (type == typeof(Guid) ? new Guid(seed + 1, 0, 0, new byte[8])
            : type == typeof(TimeSpan) ? TimeSpan.FromTicks(seed + 7)
            : type == typeof(SiloAddress) ? SiloAddress.FromParsableString("127.0.0.1:1@1")
            : type == typeof(WireTensor) ? new WireTensor([1, 2], [seed + 0.5f, -1])
            : type == typeof(Dictionary<string, byte[]>) ? new Dictionary<string, byte[]> { [Marker] = [1, 2] }
            : type == typeof(KeyValuePair<string, string>) ? KeyValuePair.Create(Marker, $"{Marker} {seed}")
            : Members(type).Count > 0 ? Composed(type)
            : throw new NotSupportedException($"{type} is new on the wire; say here what one looks like."));
    }

    private static object Composed(Type type)
    {
        object made = RuntimeHelpers.GetUninitializedObject(type);
        foreach ((uint id, FieldInfo field) in Members(type))
        {
            field.SetValue(made, Of(field.FieldType, (int)id * 10));
        }

        return made;
    }

    private static PropertyInfo? Property(Type type, FieldInfo field) => field.Name is ['<', .. var rest] ? type.GetProperty(rest[..rest.IndexOf('>', StringComparison.Ordinal)]) : null;
}
