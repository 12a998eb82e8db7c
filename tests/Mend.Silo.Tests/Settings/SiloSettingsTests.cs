namespace Mend.Silo.Tests;

/// <summary>What the program makes of its command line, without starting a silo.</summary>
public sealed class SiloSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mend-silo-tests-").FullName;

    private string[] Right => ["--Model:ModelFolder", _folder, "--Model:Ledger", Path.Combine(_folder, "ledger"), "--Cluster:SiloName", "mend-2"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Help_Asked_ListsEverySettingWithItsDefault()
    {
        (int code, string output, string error) = await RunAsync("--help");

        Assert.Equal((0, ""), (code, error));
        Assert.All(SettingsTable.All, s => Assert.Contains($"  {s.Key} (default: ", output, StringComparison.Ordinal));
        Assert.Contains("Cluster:SiloPort (default: 11111)", output, StringComparison.Ordinal);
        Assert.Contains("--check-config", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Model:Name=a/b", "Model:Name is 'a/b'; 1 to 100 characters")]
    [InlineData("Model:ModelFolder=/nowhere", "Model:ModelFolder is '/nowhere', which is no folder")]
    [InlineData("Model:EditorFile=/nowhere", "Model:EditorFile is '/nowhere', which is no file")]
    [InlineData("Model:Ledger=", "Model:Ledger is ''; some text is wanted")]
    [InlineData("Model:Shards=0", "Model:Shards is '0'; a whole number of at least 1")]
    [InlineData("Model:Shards=three", "Model:Shards is 'three'; a whole number")]
    [InlineData("Silo:Roles=0,x", "Silo:Roles is '0,x'; numbers of shards")]
    [InlineData("Silo:Roles=5", "Silo:Roles names shard 5; the model has shards 0 to 0")]
    [InlineData("Silo:DeviceMemory=much", "Silo:DeviceMemory is 'much'; a size such as 24GB")]
    [InlineData("Silo:ShareSilo=perhaps", "Silo:ShareSilo is 'perhaps'; true or false")]
    [InlineData("Silo:Engine=abacus", "Silo:Engine is 'abacus'; cpu, torch, cuda:N or auto")]
    [InlineData("Silo:Compute=f8", "Silo:Compute is 'f8'; f32 or bf16")]
    [InlineData("Silo:QueueLimit=0", "Silo:QueueLimit is '0'; a whole number of at least 1")]
    [InlineData("Cluster:Clustering=magic", "Cluster:Clustering is 'magic'; development or postgresql")]
    [InlineData("Cluster:Clustering=postgresql", "Cluster:Database is not set")]
    [InlineData("Cluster:Database=nonsense", "Cluster:Database cannot be read")]
    [InlineData("Cluster:Primary=somewhere", "Cluster:Primary is 'somewhere'; an IP address with a port")]
    [InlineData("Cluster:Address=somewhere", "Cluster:Address is 'somewhere'; an IP address")]
    [InlineData("Cluster:SiloPort=70000", "Cluster:SiloPort is '70000'; a whole number from 1 to 65535")]
    [InlineData("Health:Port=30000", "Cluster:GatewayPort and Health:Port are both 30000")]
    [InlineData("Shutdown:Limit=30", "Shutdown:Limit is '30'; a time such as 500ms, 30s or 5m")]
    [InlineData("Telemetry:Otlp=collector:4317", "Telemetry:Otlp is 'collector:4317'; a URL")]
    [InlineData("Model:Modelfolder2=x", "Model:Modelfolder2 is no setting")]
    [InlineData("Nonsense:X=1", "Nonsense:X is no setting")]
    public async Task Value_Wrong_IsOneLineWithTheKeyTheValueAndWhatIsWanted(string setting, string part)
    {
        (int code, string output, string error) = await RunAsync([.. Right, $"--{setting}", "--check-config"]);

        Assert.Equal((2, ""), (code, output));
        string line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith($"mend-silo: {part}", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("word", "'word' is no option")]
    [InlineData("--Model:Shards", "--Model:Shards has no value")]
    [InlineData("--config=/nowhere.json", "--config is '/nowhere.json', which is no file")]
    public async Task CommandLine_Wrong_IsOneLine(string word, string part)
    {
        (int code, _, string error) = await RunAsync([.. Right, word]);

        Assert.Equal(2, code);
        Assert.StartsWith($"mend-silo: {part}", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_SeveralWrong_AreAllReported()
    {
        (int code, _, string error) = await RunAsync("--Model:Shards", "0", "--Cluster:SiloPort", "x");

        Assert.Equal(2, code);
        Assert.Equal(
            ["Model:Shards", "Cluster:SiloPort", "Model:ModelFolder", "Model:Ledger"],
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[1]));
    }

    [Fact]
    public async Task CheckConfig_Right_ShowsTheValuesWithoutPasswords()
    {
        (int code, string output, string error) = await RunAsync(
            [.. Right, "--Cluster:Clustering=postgresql", "--Cluster:Database=Host=db;Username=mend;Password=secret;Database=m", "--Model:Shards", "3", "--Silo:Roles", "ordinal",
            "--Silo:DeviceMemory", "24GB", "--Shutdown:Limit", "2m", "--check-config"]);

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("Silo:Roles = 2\n", output, StringComparison.Ordinal);
        Assert.Contains("Silo:DeviceMemory = 24000000000\n", output, StringComparison.Ordinal);
        Assert.Contains("Shutdown:Limit = 120s\n", output, StringComparison.Ordinal);
        Assert.Contains("Password=***;Database=m", output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_OrdinalOfANameWithoutNumber_SaysWhatNameIsWanted()
    {
        (int code, _, string error) = await RunAsync([.. Right, "--Cluster:SiloName", "mend", "--Silo:Roles", "ordinal"]);

        Assert.Equal(2, code);
        Assert.Contains("this silo's name is 'mend'", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_FileEnvironmentAndCommandLine_TheLatterWins()
    {
        string file = Path.Combine(_folder, "silo.json");
        File.WriteAllText(
            file,
            """{ "Model": { "Shards": 3 }, "Silo": { "Roles": [0, 2], "Threads": 4, "QueueLimit": 9 }, "Logging": { "LogLevel": { "Mend": "Debug" } } }""");
        Environment.SetEnvironmentVariable("MEND_SILO__THREADS", "5");
        Environment.SetEnvironmentVariable("MEND_SILO__QUEUELIMIT", "7");
        Environment.SetEnvironmentVariable("MEND_SOMETHING_ELSE", "1");
        try
        {
            List<string> problems = [];
            CommandLine line = CommandLine.Read([.. Right, "--config", file, "--silo:queuelimit=6"], problems);
            SiloSettings settings = SettingsReader.Read(line, problems, out _);

            Assert.Empty(problems);
            Assert.Equal([0, 2], settings.Silo.Roles!.AsEnumerable());
            Assert.Equal((3, 5, 6), (settings.Model.Shards, settings.Silo.Threads, settings.Silo.QueueLimit));
        }
        finally
        {
            Environment.SetEnvironmentVariable("MEND_SILO__THREADS", null);
            Environment.SetEnvironmentVariable("MEND_SILO__QUEUELIMIT", null);
            Environment.SetEnvironmentVariable("MEND_SOMETHING_ELSE", null);
        }
    }

    [Fact]
    public async Task ConfigFile_NoJson_IsOneLine()
    {
        string file = Path.Combine(_folder, "broken.json");
        await File.WriteAllTextAsync(file, "{ \"Model\": ");

        (int code, _, string error) = await RunAsync([.. Right, "--config", file]);

        Assert.Equal(2, code);
        Assert.Contains("broken.json", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        return (await SiloProgram.RunAsync(args, output, error), output.ToString(), error.ToString());
    }
}
