using System.Runtime.InteropServices;
using Mend.Cli;

// The first Ctrl-C (or SIGTERM) asks the command to stop at a safe place; the second one ends the process.
// A command that goes on after it, as a conversation does, takes Ctrl-C itself.
CliHost host = CliHost.ForProcess();
using CancellationTokenSource stop = new();
void Stop(PosixSignalContext context)
{
    if (context.Signal == PosixSignal.SIGINT && host.Interrupts.Handle())
    {
        context.Cancel = true;
        return;
    }

    context.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await CliApplication.RunAsync(args, host, stop.Token);
