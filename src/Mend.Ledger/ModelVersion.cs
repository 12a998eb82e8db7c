using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mend.Ledger;

/// <summary>
/// A version of a model: base + every edit committed at or before it and not reverted by it. Ordered and compared by
/// number; <c>default</c> is <see cref="Base"/>, the unedited model.
/// </summary>
[JsonConverter(typeof(ModelVersionJsonConverter))]
public readonly record struct ModelVersion : IComparable<ModelVersion>
{
    /// <summary>The unedited model, version 0. No ledger entry has this number.</summary>
    public static readonly ModelVersion Base;

    /// <summary>Creates a version.</summary>
    /// <param name="number">The number, at least 0; 0 is the unedited model.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public ModelVersion(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        Number = number;
    }

    /// <summary>The number, at least 0.</summary>
    public long Number { get; }

    /// <summary>The version after this one.</summary>
    public ModelVersion Next => new(checked(Number + 1));

    /// <summary>Whether the left version is older.</summary>
    public static bool operator <(ModelVersion left, ModelVersion right) => left.Number < right.Number;

    /// <summary>Whether the left version is newer.</summary>
    public static bool operator >(ModelVersion left, ModelVersion right) => left.Number > right.Number;

    /// <summary>Whether the left version is older or the same.</summary>
    public static bool operator <=(ModelVersion left, ModelVersion right) => left.Number <= right.Number;

    /// <summary>Whether the left version is newer or the same.</summary>
    public static bool operator >=(ModelVersion left, ModelVersion right) => left.Number >= right.Number;

    /// <inheritdoc/>
    public int CompareTo(ModelVersion other) => Number.CompareTo(other.Number);

    /// <inheritdoc/>
    public override string ToString() => Number.ToString(CultureInfo.InvariantCulture);
}

internal sealed class ModelVersionJsonConverter : JsonConverter<ModelVersion>
{
    public override ModelVersion Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        long number = reader.GetInt64();
        return number >= 0 ? new ModelVersion(number) : throw new JsonException($"Version {number} is negative.");
    }

    public override void Write(Utf8JsonWriter writer, ModelVersion value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Number);
}
