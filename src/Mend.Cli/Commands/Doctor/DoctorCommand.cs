using System.CommandLine;

namespace Mend.Cli;

/// <summary>`mend doctor`: says what a model folder or file holds, what is missing, and what to do about it.</summary>
internal static class DoctorCommand
{
    public static Command Create(CliHost host)
    {
        Option<string> model = Options.Model();
        Option<string?> editor = Options.Editor(), ledger = Options.Ledger();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("doctor", "Look a model over: family, weights, tokenizer, fingerprint, ledger and editors; what is missing and what to do. Exit code 1 when it cannot be used.")
        {
            model, editor, ledger, json, quiet,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            Examination examination = new(host, parsed.GetRequiredValue(model), parsed.GetValue(editor), parsed.GetValue(ledger));
            DoctorReport report = await examination.RunAsync(cancellationToken);
            output.Result(report, report.Write);
            return report.Usable ? ExitCode.Ok : ExitCode.CheckFailed;
        });
        return command;
    }
}
