using System.Runtime.InteropServices;
using Mend.Cli;

// The first Ctrl-C (or SIGTERM) asks the command to stop at a safe place; the second one ends the process.
using CancellationTokenSource stop = new();
void Stop(PosixSignalContext context)
{
    context.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await CliApplication.RunAsync(args, CliHost.ForProcess(), stop.Token);
