using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// An editor on disk: one safetensors file with the parameters and statistics under the names of the authors' code, and
/// metadata: options, edited layers, and the fingerprint of the base model it was trained on.
/// </summary>
public static class EditorFile
{
    private const string FormatName = "mend-editor";
    private const int FormatVersion = 2;
    private const string Algorithm = "algorithm";
    private const string JointAlgorithm = "joint";
    private const string Protected = "protected";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Writes an editor; the file appears complete or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="editor">The editor.</param>
    /// <param name="baseModel">What it was trained on.</param>
    /// <param name="notes">More metadata for people, such as how it was trained.</param>
    public static void Save(string path, MendEditor editor, BaseModelFingerprint baseModel, IReadOnlyDictionary<string, string>? notes = null)
    {
        SafetensorsWriter.Write(path, Tensors(editor), Metadata(editor, editor.Options, 1, baseModel, notes));
    }

    /// <summary>Writes an editor of the joint method: the metric of each layer; the file appears complete or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="editor">The editor.</param>
    /// <param name="baseModel">What it was made for.</param>
    /// <param name="notes">More metadata for people.</param>
    public static void Save(string path, JointEditor editor, BaseModelFingerprint baseModel, IReadOnlyDictionary<string, string>? notes = null)
    {
        Dictionary<string, string> metadata = Metadata(editor, editor.Joint.Options, FormatVersion, baseModel, notes);
        metadata[Algorithm] = JointAlgorithm;
        metadata[Protected] = JsonSerializer.Serialize(editor.Joint.Protected, Json);
        SafetensorsWriter.Write(
            path, editor.Layers.Select(l => TensorData.FromFloats(MetricName(l.Name), [l.Inputs, l.Inputs], editor.Joint.Metrics[l.Name].Inverse.ToArray())), metadata);
    }

    /// <summary>Reads an editor of any method for a model.</summary>
    /// <inheritdoc cref="Load"/>
    public static IEditor Open(string path, IEngine engine, ModelArchitecture architecture, BaseModelFingerprint baseModel) =>
        IsJoint(path) ? LoadJoint(path, architecture, baseModel) : Load(path, engine, architecture, baseModel);

    /// <summary>Whether a file says of itself that it is an editor, of whatever model and release.</summary>
    /// <param name="path">A safetensors file.</param>
    public static bool Is(string path) => SafetensorsWriter.IsOf(path, FormatName);

    /// <summary>Reads an editor of networks for a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="engine">Where it shall compute.</param>
    /// <param name="architecture">The model.</param>
    /// <param name="baseModel">What identifies the model.</param>
    /// <exception cref="EditorFileException">It is no editor file, is damaged, or was trained on another base model.</exception>
    public static MendEditor Load(string path, IEngine engine, ModelArchitecture architecture, BaseModelFingerprint baseModel)
    {
        if (!File.Exists(path))
        {
            throw new EditorFileException($"There is no editor file '{path}'; train one with `mend train`.");
        }

        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            CheckFormat(path, file.Metadata);
            if (file.Metadata.ContainsKey(Algorithm))
            {
                throw new EditorFileException($"'{path}' is an editor of the {file.Metadata[Algorithm]} method and has no networks; name an editor that `mend train --method mend` wrote.");
            }

            CheckBase(path, file.Metadata, baseModel);
            EditorOptions options = Parse<EditorOptions>(path, file.Metadata, "options");
            string[] layers = Parse<string[]>(path, file.Metadata, "layers");
            MendEditor editor = new(engine, architecture, layers, options);
            try
            {
                Fill(path, file, editor);
                return editor;
            }
            catch
            {
                editor.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is CheckpointException or ModelException or ArgumentException)
        {
            throw new EditorFileException($"The editor file '{path}' cannot be used: {e.Message}", e);
        }
    }

    private static bool IsJoint(string path)
    {
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            return file.Metadata.GetValueOrDefault(Algorithm) == JointAlgorithm;
        }
        catch (Exception e) when (e is CheckpointException or IOException)
        {
            // What is wrong with it is said where it is read.
            return false;
        }
    }

    private static JointEditor LoadJoint(string path, ModelArchitecture architecture, BaseModelFingerprint baseModel)
    {
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            CheckFormat(path, file.Metadata);
            CheckBase(path, file.Metadata, baseModel);
            JointOptions options = Parse<JointOptions>(path, file.Metadata, "options");
            return new JointEditor(
                architecture,
                [.. Parse<string[]>(path, file.Metadata, "layers").Select(layer =>
                {
                    int size = architecture.Linear(layer).In;
                    return KeyValuePair.Create(layer, new InputMetric(file.Get(MetricName(layer), [size, size]).ToFloats(), size));
                })],
                options,
                Parse<PromptTarget[]>(path, file.Metadata, Protected));
        }
        catch (Exception e) when (e is CheckpointException or ModelException or ArgumentException)
        {
            throw new EditorFileException($"The editor file '{path}' cannot be used: {e.Message}", e);
        }
    }

    private static Dictionary<string, string> Metadata<T>(
        IEditor editor, T options, int version, BaseModelFingerprint baseModel, IReadOnlyDictionary<string, string>? notes) => new(notes ?? new Dictionary<string, string>())
        {
            ["format"] = FormatName,
            ["format_version"] = version.ToString(CultureInfo.InvariantCulture),
            ["options"] = JsonSerializer.Serialize(options, Json),
            ["layers"] = JsonSerializer.Serialize(editor.Layers.Select(l => l.Name), Json),
            ["base_name"] = baseModel.Name,
            ["base"] = JsonSerializer.Serialize(baseModel.Parts, Json),
        };

    private static string MetricName(string layer) => $"{layer}/metric";

    internal static IEnumerable<TensorData> Tensors(MendEditor editor)
    {
        foreach (string name in editor.Parameters.Names)
        {
            yield return TensorData.FromFloats(name, editor.Parameters[name].Shape, editor.Parameters.Get(name));
        }

        foreach ((string layer, Tensor whitening) in editor.WhiteningByLayer)
        {
            float[] matrix = HostTensor.From(editor.Parameters.Engine, whitening).Data;
            yield return TensorData.FromFloats(WhiteningName(layer), whitening.Shape, matrix);
        }

        foreach ((string name, RunningStatistics statistics) in Statistics(editor))
        {
            yield return StoredTensorReading.Doubles($"{name}_mean", statistics.Mean);
            yield return StoredTensorReading.Doubles($"{name}_s", statistics.SquaredDeviations);
            yield return TensorData.FromIntegers($"{name}_k", [1], new long[] { statistics.Count });
        }
    }

    internal static void Fill(string path, SafetensorsFile file, MendEditor editor)
    {
        foreach (string name in editor.Parameters.Names)
        {
            editor.Parameters.Set(name, file.Get(name, editor.Parameters[name].Shape).ToFloats());
        }

        foreach (EditedLayer layer in editor.Layers.Where(l => file.Tensors.ContainsKey(WhiteningName(l.Name))))
        {
            editor.SetWhitening(layer, file.Get(WhiteningName(layer.Name), [layer.Inputs, layer.Inputs]).ToFloats());
        }

        foreach ((string name, RunningStatistics statistics) in Statistics(editor))
        {
            file.Get($"{name}_mean", [statistics.Mean.Length]).ToDoubles().CopyTo(statistics.Mean, 0);
            file.Get($"{name}_s", [statistics.Mean.Length]).ToDoubles().CopyTo(statistics.SquaredDeviations, 0);
            statistics.Count = file.Get($"{name}_k", [1]).ToLongs()[0];
        }
    }

    private static string WhiteningName(string layer) => $"{layer}/whitening";

    private static IEnumerable<(string Name, RunningStatistics Statistics)> Statistics(MendEditor editor) =>
        editor.InputStatistics.Select(s => ($"{s.Key}/u", s.Value)).Concat(editor.GradientStatistics.Select(s => ($"{s.Key}/v", s.Value)));

    private static void CheckFormat(string path, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.GetValueOrDefault("format") != FormatName)
        {
            throw new EditorFileException($"'{path}' is a safetensors file but no MEND editor; name a file that `mend train` wrote.");
        }

        if (!int.TryParse(metadata.GetValueOrDefault("format_version"), CultureInfo.InvariantCulture, out int version) || version > FormatVersion)
        {
            throw new EditorFileException(
                $"'{path}' has editor format {metadata.GetValueOrDefault("format_version")}; this release reads up to {FormatVersion}. Use a newer release.");
        }
    }

    private static void CheckBase(string path, IReadOnlyDictionary<string, string> metadata, BaseModelFingerprint baseModel)
    {
        BaseModelFingerprint trainedOn = new(metadata.GetValueOrDefault("base_name", "unknown"), Parse<Dictionary<string, string>>(path, metadata, "base"));
        IReadOnlyList<string> differences = baseModel.DifferencesFrom(trainedOn);
        if (differences.Count > 0)
        {
            throw new EditorFileException(
                $"The editor '{path}' was trained on '{trainedOn.Name}', not on '{baseModel.Name}': {string.Join("; ", differences)}. " +
                "Use the model it was trained on, or train an editor for this one with `mend train`.");
        }
    }

    private static T Parse<T>(string path, IReadOnlyDictionary<string, string> metadata, string key)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(metadata.GetValueOrDefault(key, "null"), Json)
                ?? throw new EditorFileException($"The editor file '{path}' has no '{key}' in its metadata; it is damaged, train it again.");
        }
        catch (JsonException e)
        {
            throw new EditorFileException($"The editor file '{path}' has unreadable '{key}' in its metadata ({e.Message}); train it again.", e);
        }
    }
}

/// <summary>An editor file cannot be used. The message says why and what to do.</summary>
public sealed class EditorFileException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, where, and what to do.</param>
    public EditorFileException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, where, and what to do.</param>
    /// <param name="inner">The cause.</param>
    public EditorFileException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
