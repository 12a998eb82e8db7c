using Mend.Cluster.Soak;
using Mend.Cluster.Soak.Load;
using Mend.Cluster.Soak.Rollout;

switch (args)
{
    case [LoadClient.Verb, var cluster, var run, var name, var seed, var reverts]:
        return await LoadClient.RunAsync(cluster, run, name, int.Parse(seed, System.Globalization.CultureInfo.InvariantCulture), bool.Parse(reverts));
    case ["--help" or "-h"]:
        Console.WriteLine(SoakOptions.Help);
        return 0;
}

bool rollout = args is ["rollout", ..];
SoakOptions options;
try
{
    options = rollout ? RolloutRun.Read(args[1..]) : SoakOptions.Read(args);
}
catch (FormatException error)
{
    await Console.Error.WriteLineAsync(error.Message + Environment.NewLine + SoakOptions.Help);
    return 2;
}

if (rollout)
{
    RolloutReport rolled = await new RolloutRun(options).ExecuteAsync();
    Console.WriteLine(rolled);
    return rolled.Problems.Count == 0 ? 0 : 1;
}

SoakReport report = await new SoakRun(options).ExecuteAsync();
Console.WriteLine(report);
return report.Problems.Count == 0 ? 0 : 1;
