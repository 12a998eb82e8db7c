using System.CommandLine;
using Mend.Cluster;
using Mend.Sharding;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>`mend use-editor`: takes an editor file into use on every silo of a cluster.</summary>
internal static class UseEditorCommand
{
    public static Command Create(CliHost host)
    {
        Argument<string> name = new("name") { Description = "The editor file's name, in every silo's folder of editors (Model:EditorFolder)." };
        ModelSource model = new();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("use-editor", "Take an editor into use on every silo of a cluster, as a version that can be reverted. Edits at work finish with the one they began with.")
        {
            name, json, quiet,
        };
        model.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            string wanted = parsed.GetRequiredValue(name);
            if (model.Folder(parsed) is not null)
            {
                throw new CliException(ExitCode.Usage, "Silos take editors into use: name a cluster with --cluster. For a folder, name the editor to each command with --editor.");
            }

            await using IEditableModel served = await model.ConnectAsync(parsed, cancellationToken);
            string digest = await ((ClusterModel)served).UseEditorAsync(wanted, cancellationToken);
            output.Result(
                new { Editor = wanted, Digest = digest, Ledger = model.Where(parsed) },
                console => console.WriteLine($"Every silo edits with '{wanted}' ({digest[..8]}); `mend log` shows the version that says so."));
            return ExitCode.Ok;
        });
        return command;
    }
}
