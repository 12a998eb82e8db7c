namespace Mend.Silo;

/// <summary>What `mend-silo --help` and `--check-config` show.</summary>
internal static class SettingsHelp
{
    private const string Head = """
        Usage: mend-silo [--config FILE] [--KEY VALUE]… [--check-config] [--help]

        Holds shards of a model, together with the other silos of its cluster.

          --config FILE    JSON file with settings: { "Model": { "ModelFolder": "/models/m" }, "Cluster": { … } }
          --check-config   Check the settings, show them and end
          --help           Show this

        Settings come, the first that there is, from the command line (--Cluster:SiloPort 11112), the environment
        (MEND_CLUSTER__SILOPORT=11112), --config FILE and appsettings.json beside the program.
        Levels of the log: Logging:LogLevel:Mend, Logging:LogLevel:Orleans (Debug, Information, Warning, Error).

        Exit codes: 0 stopped as told; 2 wrong settings; 3 unusable model, editor, ledger, database or port; 70 unexpected fault.

        """;

    public static void Write(TextWriter output)
    {
        output.WriteLine(Head);
        SiloSettings defaults = new();
        foreach (Setting setting in SettingsTable.All)
        {
            output.WriteLine($"  {setting.Key} (default: {setting.Show(defaults)})");
            output.WriteLine($"      {setting.Help}");
        }
    }

    public static void WriteValues(TextWriter output, SiloSettings settings)
    {
        foreach (Setting setting in SettingsTable.All)
        {
            output.WriteLine($"{setting.Key} = {setting.Show(settings)}");
        }
    }
}
