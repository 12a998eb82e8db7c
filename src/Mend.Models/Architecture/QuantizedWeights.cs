using System.Text.Json;

namespace Mend.Models;

/// <summary>Refuses checkpoints whose weights are stored in a quantised format, by its name.</summary>
internal static class QuantizedWeights
{
    private static readonly string[] Options = ["quantization_config", "compression_config"];

    /// <summary>Throws when the configuration describes a quantised format.</summary>
    /// <param name="config">The configuration.</param>
    /// <exception cref="ModelException">It does.</exception>
    public static void Refuse(ConfigReader config)
    {
        foreach (string option in Options)
        {
            if (config.Element(option) is { } format)
            {
                throw new ModelException(
                    $"'{config.Source}' says that the weights are quantised as {Name(format)} ({option}), a format that is not read. Use the model's own weights in bf16, " +
                    "f16 or f32, a GGUF file of it, or have the library that quantised it write it in one of these types.");
            }
        }
    }

    /// <summary>"gptq, 4 bits", "fp8 e4m3 in blocks of 128 x 128".</summary>
    private static string Name(JsonElement format)
    {
        string? Text(string property) =>
            format.ValueKind == JsonValueKind.Object && format.TryGetProperty(property, out JsonElement value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number
                ? value.ToString()
                : null;
        string name = Text("quant_method") ?? Text("quant_algo") ?? "something without a name (quant_method)";
        name = Text("fmt") is { } kind ? $"{name} {kind}" : name;
        name = Text("bits") is { } bits ? $"{name}, {bits} bits" : name;
        return format.ValueKind == JsonValueKind.Object && format.TryGetProperty("weight_block_size", out JsonElement block) && block.ValueKind == JsonValueKind.Array
            ? $"{name} in blocks of {string.Join(" x ", block.EnumerateArray())}"
            : name;
    }
}
