using System.ComponentModel.DataAnnotations;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>A model folder or GGUF file that is there.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExistingModelAttribute : ValidationAttribute
{
    public override bool IsValid(object? value) => value is string { Length: > 0 } path && (Directory.Exists(path) || GgufFile.Is(path));
}

/// <summary>A file that is there, or null.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExistingFileAttribute : ValidationAttribute
{
    public override bool IsValid(object? value) => value is null || File.Exists((string)value);
}

/// <summary>A folder that is there, or null.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ExistingFolderAttribute : ValidationAttribute
{
    public override bool IsValid(object? value) => value is null || Directory.Exists((string)value);
}

/// <summary>The name of an engine, as --engine takes it.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class EngineNameAttribute() : ValidationAttribute($"{Engines.Choices} is wanted")
{
    public override bool IsValid(object? value) => EngineName.TryParse((string?)value, out _);
}
