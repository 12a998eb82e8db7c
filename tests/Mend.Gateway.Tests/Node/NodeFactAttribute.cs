using CliWrap;
using CliWrap.Buffered;

namespace Mend.Gateway.Tests.Node;

/// <summary>A test that runs OpenAI's client for Node; skipped, with the reason, where Node 20 or the package is not to be had.</summary>
public sealed class NodeFactAttribute : FactAttribute
{
    private const int OldestNode = 20;

    private static readonly Lazy<(string? Folder, string? Reason)> Installed = new(() => InstallAsync().GetAwaiter().GetResult());

    public NodeFactAttribute() => Skip = Installed.Value.Reason;

    /// <summary>Where the client is installed.</summary>
    public static string Folder => Installed.Value.Folder!;

    private static async Task<(string? Folder, string? Reason)> InstallAsync()
    {
        string source = Fixtures.Path("..", "Mend.Gateway.Tests", "Node"), folder = Path.Combine(Path.GetTempPath(), $"mend-node-{Environment.ProcessId}");
        try
        {
            BufferedCommandResult node = await Cli.Wrap("node").WithArguments("--version").ExecuteBufferedAsync();
            if (!int.TryParse(node.StandardOutput.TrimStart('v').Split('.')[0], out int version) || version < OldestNode)
            {
                return (null, $"Node {OldestNode} is wanted and {node.StandardOutput.Trim()} is there.");
            }

            Directory.CreateDirectory(folder);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
            foreach (string file in new[] { "package.json", "package-lock.json", "client.mjs" })
            {
                File.Copy(Path.Combine(source, file), Path.Combine(folder, file), overwrite: true);
            }

            BufferedCommandResult install = await Cli.Wrap("npm").WithArguments(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).WithWorkingDirectory(folder)
                .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
            return install.ExitCode == 0 ? (folder, null) : (null, $"npm could not install the client: {install.StandardError.Split('\n')[0]}");
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return (null, $"Node is not there ({missing.Message}).");
        }
    }
}
