namespace Mend.Cli;

/// <summary>What the process ends with.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>A check was carried out and did not hold.</summary>
    public const int CheckFailed = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A file, model, editor or prompt cannot be used.</summary>
    public const int BadInput = 3;

    /// <summary>The ledger refuses: another base model, damage, a conflict, a version that is not there.</summary>
    public const int Ledger = 4;

    /// <summary>Nothing is wrong with the command; the same one can succeed later: a server restarts or is busy.</summary>
    public const int TryAgain = 75;

    /// <summary>A fault of the program.</summary>
    public const int Unexpected = 70;

    /// <summary>Stopped by Ctrl-C or SIGTERM.</summary>
    public const int Cancelled = 130;

    /// <summary>All of them, for the help text.</summary>
    public const string Help = "Exit codes: 0 done; 1 a check failed (verify, plan, doctor, recover), or an edit that would not do what it should was not committed; 2 wrong command line; 3 unusable file, model, editor or prompt; "
        + "4 the ledger refused; 70 unexpected fault; 75 try again later; 130 stopped (Ctrl-C).";
}
