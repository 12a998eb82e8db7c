using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mend.Cluster;

/// <summary>
/// Ends the silo when a file of its model is changed while it is served: weights are mapped, so running versions would change unnoticed, or the
/// process die without a word where a file becomes shorter. A model is exchanged by another folder, or by renaming files over others.
/// </summary>
internal sealed partial class ModelWatch(SiloModel model, IHostApplicationLifetime lifetime, ILogger<ModelWatch> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private static readonly string[] Weights = [".safetensors", ".gguf", ".bin"];

    private readonly Dictionary<string, Stamp> _known = Stamps(model.Options.ModelFolder);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Period, model.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (Changed(_known) is { } changed)
            {
                LogChanged(changed);
                lifetime.StopApplication();
                return;
            }
        }
    }

    /// <summary>What a model's files are now: length and time of the last change.</summary>
    internal static Dictionary<string, Stamp> Stamps(string model)
    {
        IEnumerable<string> files = Directory.Exists(model) ? Directory.EnumerateFiles(model) : [model];
        return files.Where(f => Weights.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase)).ToDictionary(f => f, Stamp.Of);
    }

    /// <summary>The first file that is not what it was, or null. One that is gone is still mapped, and as it was.</summary>
    internal static string? Changed(IReadOnlyDictionary<string, Stamp> known) => known.Where(f => File.Exists(f.Key) && Stamp.Of(f.Key) != f.Value).Select(f => f.Key).FirstOrDefault();

    [LoggerMessage(LogLevel.Critical, "The model's file {File} was changed while it is served; the silo ends. Put a changed model into a folder of its own, and start all silos with that.")]
    private partial void LogChanged(string file);

    /// <summary>Tells a file's content from another without reading it.</summary>
    internal readonly record struct Stamp(long Length, DateTime Changed)
    {
        public static Stamp Of(string file)
        {
            FileInfo now = new(file);
            return new Stamp(now.Length, now.LastWriteTimeUtc);
        }
    }
}
