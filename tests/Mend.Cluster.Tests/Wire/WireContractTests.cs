using System.Collections;
using System.Reflection;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Mend.Cluster.Tests.Wire;

/// <summary>
/// What crosses the wire: whole, under fixed names and numbers, and silent about itself. A changed contract is a decision: where silos of the
/// release before would misread it, <see cref="ModelDigest.WireRelease"/> is raised, and they keep to themselves.
/// </summary>
public sealed class WireContractTests
{
    private static readonly Serializer Serializer =
        new ServiceCollection().AddSerializer(b => b.AddAssembly(typeof(WireTensor).Assembly).AddAssembly(typeof(SiloAddress).Assembly)).BuildServiceProvider().GetRequiredService<Serializer>();

    public static TheoryData<Type> Types { get; } = [.. Filled.Types];

    [Theory]
    [MemberData(nameof(Types))]
    public void ToString_OfAnyWireType_ShowsNoText(Type type) => Assert.DoesNotContain(Filled.Marker, Filled.Of(type).ToString(), StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Types))]
    public void RoundTrip_OfAnyWireType_KeepsEveryMember(Type type)
    {
        object sent = Filled.Of(type);

        object received = Serializer.Deserialize<object>(Serializer.SerializeToArray<object>(sent))!;

        Assert.Equal(Text(sent), Text(received));
        Assert.Contains(Filled.Members(type), m => Text(m.Field.GetValue(sent)).Length > 0);
    }

    [Fact]
    public void Contract_AsItIs_IsTheOneThatWasReviewed()
    {
        string reviewed = Path.GetFullPath(Fixtures.Path("..", "Mend.Cluster.Tests", "Wire", "wire-contract.txt"));
        string actual = Contract();

        if (File.ReadAllText(reviewed) != actual)
        {
            string found = Path.Combine(AppContext.BaseDirectory, "wire-contract.txt");
            File.WriteAllText(found, actual);
            Assert.Fail($"The wire's contract has changed. If that is meant: look whether silos of the release before would misread it (ModelDigest.WireRelease), then copy {found} to {reviewed}.");
        }
    }

    private static string Contract()
    {
        StringBuilder text = new();
        text.Append(System.Globalization.CultureInfo.InvariantCulture, $"release {ModelDigest.WireRelease}\n");
        foreach (Type type in Filled.Types)
        {
            Type named = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
            string alias = named.GetCustomAttribute<AliasAttribute>()?.Alias ?? throw new InvalidOperationException($"{type} has no alias.");
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n{alias}\n");
            foreach ((uint id, FieldInfo field) in Filled.Members(named))
            {
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"    {id} {Name(field.FieldType)}\n");
            }
        }

        foreach (Type grain in typeof(IShardGrain).Assembly.GetTypes().Where(t => t.IsInterface && typeof(IAddressable).IsAssignableFrom(t)).OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n{grain.GetCustomAttribute<AliasAttribute>()?.Alias ?? throw new InvalidOperationException($"{grain} has no alias.")}\n");
            foreach (MethodInfo method in grain.GetMethods().OrderBy(m => m.Name, StringComparer.Ordinal))
            {
                string alias = method.GetCustomAttribute<AliasAttribute>()?.Alias ?? throw new InvalidOperationException($"{grain}.{method.Name} has no alias.");
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"    {alias}({string.Join(", ", method.GetParameters().Where(p => p.ParameterType != typeof(CancellationToken)).Select(p => Name(p.ParameterType)))}) {Name(method.ReturnType)}\n");
            }
        }

        return text.ToString();
    }

    private static string Name(Type type) => type.IsArray ? $"{Name(type.GetElementType()!)}[]"
        : type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;

    /// <summary>All that a value holds, as text.</summary>
    private static string Text(object? value) => value switch
    {
        null => "null",
        string text => text,
        WireTensor tensor => $"[{string.Join('x', tensor.Extents)} {tensor.Format} {string.Join(' ', tensor.Values)}]",
        IEnumerable many => $"({string.Join(", ", many.Cast<object?>().Select(Text))})",
        _ when Filled.Members(value.GetType()) is { Count: > 0 } members => $"{{{string.Join("; ", members.Select(m => Text(m.Field.GetValue(value))))}}}",
        _ => value.ToString()!,
    };
}
