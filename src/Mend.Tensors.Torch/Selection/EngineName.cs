using System.Globalization;

namespace Mend.Tensors;

/// <summary>
/// Which engine to compute on, as options and settings write it: cpu, torch, cuda:N, auto. Compares by value; the default
/// is auto.
/// </summary>
public readonly record struct EngineName
{
    private const string Cuda = "cuda";

    private EngineName(EngineKind kind, int device)
    {
        Kind = kind;
        Device = device;
    }

    /// <summary>The kind of engine.</summary>
    public EngineKind Kind { get; }

    /// <summary>Index of the CUDA device; 0 for other engines.</summary>
    public int Device { get; }

    /// <summary>The name of a CUDA device.</summary>
    /// <param name="device">Its index, from 0.</param>
    public static EngineName ForCuda(int device)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(device);
        return new EngineName(EngineKind.Cuda, device);
    }

    /// <summary>Reads a name; upper and lower case are the same, and "cuda" is "cuda:0".</summary>
    /// <param name="text">The name.</param>
    /// <exception cref="FormatException">It names no engine; the message lists those that there are.</exception>
    public static EngineName Parse(string text) => TryParse(text, out EngineName name)
        ? name
        : throw new FormatException($"'{text}' is no engine; use cpu, torch, cuda:N (N from 0) or auto.");

    /// <summary>Reads a name.</summary>
    /// <param name="text">The name, or null.</param>
    /// <param name="name">Receives it.</param>
    /// <returns>Whether it names an engine.</returns>
    public static bool TryParse(string? text, out EngineName name)
    {
        string lower = (text ?? string.Empty).Trim().ToLowerInvariant();
        name = lower switch
        {
            "cpu" => new EngineName(EngineKind.Cpu, 0),
            "torch" => new EngineName(EngineKind.Torch, 0),
            Cuda => new EngineName(EngineKind.Cuda, 0),
            _ => default,
        };
        if (name != default || lower == "auto")
        {
            return true;
        }

        if (lower.StartsWith(Cuda + ":", StringComparison.Ordinal)
            && int.TryParse(lower.AsSpan(Cuda.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int device))
        {
            name = new EngineName(EngineKind.Cuda, device);
            return true;
        }

        return false;
    }

    /// <summary>The name as options write it.</summary>
    public override string ToString() => Kind switch
    {
        EngineKind.Cpu => "cpu",
        EngineKind.Torch => "torch",
        EngineKind.Cuda => string.Create(CultureInfo.InvariantCulture, $"{Cuda}:{Device}"),
        _ => "auto",
    };
}
