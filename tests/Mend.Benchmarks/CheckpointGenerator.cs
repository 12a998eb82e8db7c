using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Mend.Tensors;

namespace Mend.Benchmarks;

/// <summary>Writes a GPT-2 of random weights in bf16, of about a wanted size, for tests of loading and memory.</summary>
internal static class CheckpointGenerator
{
    private const int Positions = 1024;
    private const double LargestFile = 2e9;

    /// <summary>Runs the generator.</summary>
    public static int Run(Arguments options)
    {
        double bytes = options.Number("bytes", 5e8);
        string folder = options.Text("out", string.Empty);
        if (folder.Length == 0)
        {
            Console.Error.WriteLine("No folder was given; write generate-checkpoint --bytes 5e9 --out DIR.");
            return 2;
        }

        int width = bytes >= 2e9 ? 2048 : bytes >= 2e8 ? 1024 : bytes >= 2e7 ? 256 : 64;
        double perBlock = 2.0 * 12 * width * width;
        int blocks = Math.Max(1, (int)Math.Round((bytes - (2.0 * width * (Positions + ByteLevelTokenizer.Size))) / perBlock));
        long start = Stopwatch.GetTimestamp();
        long written = Write(folder, width, blocks);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{folder}: {blocks} blocks of width {width}, {written} bytes in {seconds:F1} s"));
        return 0;
    }

    /// <summary>Writes a model folder.</summary>
    /// <param name="folder">The folder; made where it is missing.</param>
    /// <param name="width">Hidden size, a multiple of 64.</param>
    /// <param name="blocks">Number of blocks.</param>
    /// <returns>Bytes of the weights.</returns>
    public static long Write(string folder, int width, int blocks)
    {
        Directory.CreateDirectory(folder);
        long written = WriteWeights(folder, Tensors(width, blocks));
        WriteConfig(folder, width, blocks);
        ByteLevelTokenizer.Write(folder);
        return written;
    }

    /// <summary>The tensors of Hugging Face's GPT-2; matrices are [in, out].</summary>
    private static IEnumerable<TensorData> Tensors(int width, int blocks)
    {
        yield return Random("transformer.wte.weight", [ByteLevelTokenizer.Size, width]);
        yield return Random("transformer.wpe.weight", [Positions, width]);
        for (int block = 0; block < blocks; block++)
        {
            string prefix = $"transformer.h.{block}.";
            (string Name, int In, int Out)[] matrices =
            [
                ("attn.c_attn", width, 3 * width), ("attn.c_proj", width, width), ("mlp.c_fc", width, 4 * width), ("mlp.c_proj", 4 * width, width),
            ];
            foreach ((string name, int inputs, int outputs) in matrices)
            {
                yield return Random($"{prefix}{name}.weight", [inputs, outputs]);
                yield return Random($"{prefix}{name}.bias", [outputs]);
            }

            foreach (string norm in (string[])["ln_1", "ln_2"])
            {
                yield return Constant($"{prefix}{norm}.weight", width, 1f);
                yield return Constant($"{prefix}{norm}.bias", width, 0f);
            }
        }

        yield return Constant("transformer.ln_f.weight", width, 1f);
        yield return Constant("transformer.ln_f.bias", width, 0f);
    }

    private static TensorData Constant(string name, int length, float value) =>
        TensorData.FromFloats(name, [length], Enumerable.Repeat(value, length).ToArray(), DType.BF16);

    private static TensorData Random(string name, Shape shape) => new(name, DType.BF16, shape, stream => RandomWeights.Write(stream, name, shape.Length));

    private static long WriteWeights(string folder, IEnumerable<TensorData> tensors)
    {
        List<List<TensorData>> files = [[]];
        long inFile = 0;
        long total = 0;
        foreach (TensorData tensor in tensors)
        {
            if (inFile > 0 && inFile + tensor.ByteLength > LargestFile)
            {
                files.Add([]);
                inFile = 0;
            }

            files[^1].Add(tensor);
            inFile += tensor.ByteLength;
            total += tensor.ByteLength;
        }

        Dictionary<string, string> map = [];
        for (int i = 0; i < files.Count; i++)
        {
            string name = files.Count == 1 ? Checkpoint.SingleFile : string.Create(CultureInfo.InvariantCulture, $"model-{i + 1:D5}-of-{files.Count:D5}.safetensors");
            SafetensorsWriter.Write(Path.Combine(folder, name), files[i], new Dictionary<string, string> { ["format"] = "pt" });
            files[i].ForEach(tensor => map.Add(tensor.Name, name));
        }

        if (files.Count > 1)
        {
            File.WriteAllText(
                Path.Combine(folder, Checkpoint.IndexFile),
                JsonSerializer.Serialize(new { metadata = new { total_size = total }, weight_map = map }));
        }

        return total;
    }

    private static void WriteConfig(string folder, int width, int blocks) => File.WriteAllText(
        Path.Combine(folder, "config.json"),
        JsonSerializer.Serialize(
            new
            {
                architectures = (string[])["GPT2LMHeadModel"],
                model_type = "gpt2",
                activation_function = "gelu_new",
                n_embd = width,
                n_head = width / 64,
                n_layer = blocks,
                n_positions = Positions,
                n_ctx = Positions,
                vocab_size = ByteLevelTokenizer.Size,
                layer_norm_epsilon = 1e-5,
                bos_token_id = ByteLevelTokenizer.EndOfText,
                eos_token_id = ByteLevelTokenizer.EndOfText,
                tie_word_embeddings = true,
                torch_dtype = "bfloat16",
            },
            new JsonSerializerOptions { WriteIndented = true }));
}
