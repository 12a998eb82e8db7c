using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// A training run on disk, between two steps: parameters, statistics, Adam's moments, the best state so far, and what the run
/// was started with. One safetensors file, replaced as a whole. A run that goes on from it ends with the same bits as one that
/// was never stopped, as long as its length is set in steps (a limit in time cannot repeat itself).
/// </summary>
public static class TrainerCheckpoint
{
    private const string FormatName = "mend-trainer-checkpoint";
    private const int FormatVersion = 1;
    private const string First = "adam/first/";
    private const string Second = "adam/second/";
    private const string Best = "best/";

    /// <summary>Options that may differ between the parts of a run: they change nothing in a step.</summary>
    private static readonly HashSet<string> Free = ["max_duration", "cache_bytes"];

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Writes a run; the file appears complete or not at all.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="trainer">The run, between two steps.</param>
    /// <param name="elapsed">Time spent so far, earlier parts of the run included.</param>
    /// <param name="baseModel">The model it trains for.</param>
    public static void Save(string path, EditorTrainer trainer, TimeSpan elapsed, BaseModelFingerprint baseModel)
    {
        MendEditor editor = trainer.Editor;
        Dictionary<string, string> metadata = new()
        {
            ["format"] = FormatName,
            ["format_version"] = FormatVersion.ToString(CultureInfo.InvariantCulture),
            ["step"] = trainer.Step.ToString(CultureInfo.InvariantCulture),
            ["elapsed_ticks"] = elapsed.Ticks.ToString(CultureInfo.InvariantCulture),
            ["best_penalty"] = trainer.BestPenalty.ToString("R", CultureInfo.InvariantCulture),
            ["validations_without_gain"] = trainer.ValidationsWithoutGain.ToString(CultureInfo.InvariantCulture),
            ["settings"] = Settings(trainer, baseModel).ToJsonString(),
        };
        List<TensorData> tensors = [.. EditorFile.Tensors(editor)];
        foreach (string name in editor.Parameters.Names)
        {
            Shape shape = editor.Parameters[name].Shape;
            (float[] first, float[] second) = trainer.Optimizer.Get(name);
            tensors.Add(TensorData.FromFloats(First + name, shape, first));
            tensors.Add(TensorData.FromFloats(Second + name, shape, second));
            if (trainer.Best.TryGetValue(name, out float[]? best))
            {
                tensors.Add(TensorData.FromFloats(Best + name, shape, best));
            }
        }

        SafetensorsWriter.Write(path, tensors, metadata);
    }

    /// <summary>Puts a run back to where it was when it was written.</summary>
    /// <param name="path">The file.</param>
    /// <param name="trainer">A fresh run, prepared with the same options, editor and data.</param>
    /// <param name="baseModel">The model it trains for.</param>
    /// <exception cref="TrainerCheckpointException">
    /// The file is missing, damaged, or belongs to a run with other options, data or base model; then the trainer is of no use any more.
    /// </exception>
    public static void Load(string path, EditorTrainer trainer, BaseModelFingerprint baseModel)
    {
        if (!File.Exists(path))
        {
            throw new TrainerCheckpointException($"There is no checkpoint '{path}' to go on from; start without resuming.");
        }

        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            if (file.Metadata.GetValueOrDefault("format") != FormatName
                || file.Metadata.GetValueOrDefault("format_version") != FormatVersion.ToString(CultureInfo.InvariantCulture))
            {
                throw new TrainerCheckpointException($"'{path}' is no training checkpoint of this release; name another file or start afresh.");
            }

            CheckSettings(path, file.Metadata["settings"], Settings(trainer, baseModel));
            Fill(path, file, trainer);
        }
        catch (Exception e) when (e is CheckpointException or JsonException or FormatException or OverflowException or KeyNotFoundException)
        {
            throw new TrainerCheckpointException($"The checkpoint '{path}' is damaged ({e.Message}); delete it and start afresh.", e);
        }
    }

    private static void Fill(string path, SafetensorsFile file, EditorTrainer trainer)
    {
        MendEditor editor = trainer.Editor;
        EditorFile.Fill(path, file, editor);
        Dictionary<string, float[]> best = [];
        foreach (string name in editor.Parameters.Names)
        {
            Shape shape = editor.Parameters[name].Shape;
            trainer.Optimizer.Set(name, file.Get(First + name, shape).ToFloats(), file.Get(Second + name, shape).ToFloats());
            if (file.Tensors.ContainsKey(Best + name))
            {
                best[name] = file.Get(Best + name, shape).ToFloats();
            }
        }

        string Value(string key) => file.Metadata[key];
        trainer.ElapsedBefore = TimeSpan.FromTicks(long.Parse(Value("elapsed_ticks"), CultureInfo.InvariantCulture));
        trainer.Resume(
            int.Parse(Value("step"), CultureInfo.InvariantCulture),
            double.Parse(Value("best_penalty"), CultureInfo.InvariantCulture),
            int.Parse(Value("validations_without_gain"), CultureInfo.InvariantCulture),
            best);
    }

    /// <summary>Everything that must be the same for the parts of a run to fit together.</summary>
    private static JsonObject Settings(EditorTrainer trainer, BaseModelFingerprint baseModel)
    {
        JsonObject settings = JsonSerializer.SerializeToNode(trainer.Options, Json)!.AsObject();
        foreach (string name in Free)
        {
            settings.Remove(name);
        }

        foreach ((string name, JsonNode? value) in JsonSerializer.SerializeToNode(trainer.Editor.Options, Json)!.AsObject())
        {
            settings[$"editor {name}"] = value?.DeepClone();
        }

        settings["layers"] = string.Join(", ", trainer.Editor.Layers.Select(l => l.Name));
        settings["training edits"] = Digest(trainer.Train);
        settings["validation edits"] = Digest(trainer.Validation);
        foreach ((string part, string value) in baseModel.Parts)
        {
            settings[$"base {part}"] = value;
        }

        return settings;
    }

    private static void CheckSettings(string path, string stored, JsonObject wanted)
    {
        JsonObject there = JsonNode.Parse(stored)?.AsObject() ?? throw new JsonException("no settings");
        List<string> differences = [];
        foreach (string name in there.Select(p => p.Key).Union(wanted.Select(p => p.Key)))
        {
            string before = there[name]?.ToJsonString() ?? "none";
            string now = wanted[name]?.ToJsonString() ?? "none";
            if (before != now)
            {
                differences.Add($"{name}: {before} there, {now} now");
            }
        }

        if (differences.Count > 0)
        {
            throw new TrainerCheckpointException(
                $"The checkpoint '{path}' belongs to another run ({string.Join("; ", differences)}); give the same options and files, or delete it and start afresh.");
        }
    }

    private static string Digest(IReadOnlyList<EditRecord> records)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (EditRecord record in records)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(record)));
        }

        return $"{records.Count} edits {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}";
    }
}

/// <summary>A training checkpoint cannot be used. The message says why and what to do.</summary>
public sealed class TrainerCheckpointException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, where, and what to do.</param>
    /// <param name="inner">The cause, or null.</param>
    public TrainerCheckpointException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
