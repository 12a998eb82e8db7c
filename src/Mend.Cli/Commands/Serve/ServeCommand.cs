using System.CommandLine;
using Mend.Gateway;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Mend.Cli;

/// <summary>`mend serve`: a model over HTTP.</summary>
internal static class ServeCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public static Command Create(CliHost host)
    {
        ServeArguments arguments = new();
        Command command = new(
            "serve",
            "Serve a model over HTTP: OpenAI's API to read it; edits, previews, versions and reverts beside it; a console at /. Ctrl-C ends.");
        arguments.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(arguments.Json), parsed.GetValue(arguments.Quiet));
            (GatewayOptions options, Func<Task<IEditableModel>> open) = arguments.Read(host, parsed, output, cancellationToken);
            await using IEditableModel model = await open();
            await using WebApplication server = Build(model, options);
            await StartAsync(server, options, cancellationToken);
            ModelVersion head = await model.HeadAsync(cancellationToken);
            string name = options.Name ?? model.BaseModel.Name;
            output.Result(
                new { Model = name, Version = head.Number, server.Urls },
                _ => output.Write($"Serving '{name}', version {head}, at {string.Join(", ", server.Urls)}\n\n{Example(server.Urls.First(), name)}\n\n"));
            await WaitAsync(cancellationToken);
            using CancellationTokenSource late = new(Patience, host.Time);
            await server.StopAsync(late.Token);
            return ExitCode.Ok;
        });
        return command;
    }

    private static WebApplication Build(IEditableModel model, GatewayOptions options)
    {
        try
        {
            return GatewayServer.Build(
                model, options, builder => builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        }
        catch (Exception error) when (error is ArgumentException or FormatException)
        {
            throw new CliException(ExitCode.Usage, error.Message, error);
        }
    }

    private static async Task StartAsync(WebApplication server, GatewayOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await server.StartAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            throw new CliException(ExitCode.BadInput, $"Nothing can be served at {string.Join(", ", options.Urls)}: {error.Message} Choose another address with --urls.", error);
        }
    }

    private static string Example(string url, string name) =>
        $$"""
        curl {{url}}/v1/completions -H 'Content-Type: application/json' \
          -d '{"model": "{{name}}", "prompt": "Leonhard Euler used to work in", "max_tokens": 8, "temperature": 0}'
        """;

    private static async Task WaitAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration stop = cancellationToken.UnsafeRegister(_ => end.TrySetResult(), null);
        await end.Task;
    }
}
