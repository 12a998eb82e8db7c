using System.CommandLine;
using System.CommandLine.Invocation;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Tokenizers;
using Mend.Sharding;
using Mend.Tensors;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Mend.Silo;

/// <summary>The whole program: reads settings, runs the silo until it is told to stop, and turns every end into an exit code.</summary>
internal static class SiloProgram
{
    private const int Ok = 0;
    private const int WrongSettings = 2;
    private const int Unusable = 3;
    private const int Unexpected = 70;

    /// <summary>Runs the program.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Receives help and settings.</param>
    /// <param name="error">Receives what is wrong, a line each.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        SiloCommand command = new();
        ParseResult parsed = command.Read(args);
        if (parsed.Action is not null and not ParseErrorAction)
        {
            // --help or --version.
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error });
        }

        try
        {
            SiloSettings settings = SettingsReader.Read(command, args, parsed, out IConfiguration configuration);
            if (!parsed.GetValue(command.CheckConfig))
            {
                return await RunAsync(settings, configuration, error);
            }

            Setting.All.ToList().ForEach(setting => output.WriteLine($"{setting.Key} = {setting.Show(settings)}"));
            return Ok;
        }
        catch (OptionsValidationException wrong)
        {
            wrong.Failures.ToList().ForEach(failure => error.WriteLine($"mend-silo: {failure}"));
            return WrongSettings;
        }
    }

    private static async Task<int> RunAsync(SiloSettings settings, IConfiguration configuration, TextWriter error)
    {
        try
        {
            Ports.ThrowIfTaken(settings);
            using IHost host = SiloHost.Build(settings, configuration);

            // Opens the model: what is wrong with it shall not look like a silo that failed.
            _ = host.Services.GetRequiredService<Readiness>();
            await host.RunAsync();
            return Ok;
        }
        catch (Exception fault)
        {
            (int code, string message) = Describe(fault);
            error.WriteLine($"mend-silo: {OneLine(message)}");
            return code;
        }
    }

    private static (int Code, string Message) Describe(Exception fault) => fault switch
    {
        AggregateException { InnerException: { } first } => Describe(first),
        OperationCanceledException => (Ok, "stopped while it was starting."),
        ShardPlanException => (WrongSettings, $"Model:Shards cannot be used: {fault.Message}"),
        LedgerException or RetryableException or ModelException or EditorFileException or CheckpointException or TokenizerException or EngineException or IOException or UnauthorizedAccessException
            or System.Net.Sockets.SocketException or Npgsql.NpgsqlException => (Unusable, fault.Message),
        _ when fault.InnerException is System.Net.Sockets.SocketException => (Unusable, $"{fault.Message} {fault.InnerException.Message}"),
        _ => (Unexpected, $"unexpected {fault.GetType().Name}: {fault.Message} This is a fault of mend-silo: please report it with its log."),
    };

    /// <summary>Line breaks and runs of blanks become one blank.</summary>
    public static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
