using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Mend.Silo.Tests;

/// <summary>What the program makes of its command line, without starting a silo.</summary>
public sealed class SiloSettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mend-silo-tests-").FullName;

    private string[] Right => ["--Model:ModelFolder", _folder, "--Model:Ledger", Path.Combine(_folder, "ledger"), "--Cluster:SiloName", "mend-2", "--Cluster:Address", "127.0.0.1"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Help_Asked_ListsEverySettingWithItsDefault()
    {
        (int code, string output, string error) = await RunAsync("--help");

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(34, Setting.All.Count);
        Assert.All(Setting.All, s => Assert.Contains($"--{s.Key} <VALUE>", output, StringComparison.Ordinal));
        Assert.Contains("Port for other silos. Default: 11111.", output, StringComparison.Ordinal);
        Assert.Contains("--check-config", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Model:Name=a/b", "Model:Name is 'a/b'; 1 to 100 characters")]
    [InlineData("Model:ModelFolder=/nowhere", "Model:ModelFolder is '/nowhere'; an existing Hugging Face model folder or GGUF file is wanted.")]
    [InlineData("Model:EditorFile=/nowhere", "Model:EditorFile is '/nowhere'; an existing editor file is wanted")]
    [InlineData("Model:Ledger=", "Model:Ledger is ''; a folder or the address of a database is wanted.")]
    [InlineData("Model:Shards=0", "Model:Shards is '0'; a whole number of at least 1")]
    [InlineData("Model:Shards=three", "Model:Shards is 'three'; a whole number")]
    [InlineData("Silo:Roles=0,x", "Silo:Roles is '0,x'; numbers of shards")]
    [InlineData("Silo:Roles=5", "Silo:Roles is '5'; the model has shards 0 to 0.")]
    [InlineData("Silo:DeviceMemory=much", "Silo:DeviceMemory is 'much'; a size such as 24GB")]
    [InlineData("Model:MessageLimit=64", "Model:MessageLimit is '64'; a size from 64KiB to 1GiB is wanted.")]
    [InlineData("Model:MessageLimit=5GB", "Model:MessageLimit is '5GB'; a size from 64KiB to 1GiB is wanted.")]
    [InlineData("Model:EditsPerCall=0", "Model:EditsPerCall is '0'; a whole number of at least 1")]
    [InlineData("Silo:RequestMemory=much", "Silo:RequestMemory is 'much'; a size such as 512MB")]
    [InlineData("Silo:SessionMemory=none", "Silo:SessionMemory is 'none'; a size such as 512MB")]
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
    [InlineData("Health:Port=30000", "Cluster:GatewayPort and Health:Port are the same port")]
    [InlineData("Cluster:Address=10.1.2.3", "Tls:Certificate is not set, and the silo would listen beyond this machine")]
    [InlineData("Tls:Certificate=/nowhere", "Tls:Certificate, Tls:Key or Tls:Authority is '/nowhere'; an existing PEM file is wanted.")]
    [InlineData("Model:EditorFolder=/nowhere", "Model:EditorFolder is '/nowhere'; an existing folder is wanted")]
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
    [InlineData("word", "word 9 of the command line is no option")]
    [InlineData("--Model:Shards", "Required argument missing for option: '--Model:Shards'.")]
    [InlineData("--config=/nowhere.json", "--config is '/nowhere.json'; an existing JSON file")]
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
            ["Model:ModelFolder", "Model:Ledger", "Model:Shards", "Cluster:SiloPort"],
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
        Assert.Contains("Host=db;Username=mend;Password=***;Database=m", output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
    }

    /// <summary>Addresses right and wrong, with passwords as they are and as they have to be written, in every place.</summary>
    [Theory]
    [InlineData("Host=db;Username=mend;Password='Alpha7;Bravo7';Database=m")]
    [InlineData("Host=db;Username=mend;Password=\"Alpha7;B=Bravo7\";Database=m")]
    [InlineData("Host=db;Username=mend;Password=Alpha7;Bravo7;Database=m")]
    [InlineData("Host=db;Username=mend;Password=Alpha7;Bravo7=x;Database=m")]
    [InlineData("Host=db;Username=mend;Password=Alpha7@Bravo7:x;Database=m")]
    [InlineData("Host=db;Username=mend;Password='Alpha7 Bravo7;Database=m")]
    [InlineData("Password='Alpha7;Host=db;Bravo7")]
    [InlineData("pwd=Alpha7;server=db;Ssl Password=Bravo7")]
    [InlineData("Hots=db;Password=Alpha7;Database=m")]
    [InlineData("postgresql://mend:Alpha7@Bravo7@db/m")]
    [InlineData("postgresql://mend:Alpha7:Bravo7@db/m")]
    [InlineData("postgresql://mend:Alpha7;Bravo7@db/m")]
    [InlineData("postgresql://mend:Alpha7/Bravo7@db/m")]
    [InlineData("postgresql://mend:7/Bravo7@db/m")]
    [InlineData("postgresql://mend:7?Bravo7@db/m")]
    [InlineData("postgresql://mend:Alpha7#Bravo7@db/m")]
    [InlineData("postgresql://mend:Alpha7%3BBravo7@db/m?ledger=x")]
    [InlineData("postgresql:///m?host=db&password=Alpha7;Bravo7")]
    [InlineData("postgre://mend:Alpha7@db/m")]
    [InlineData("postgresql:mend:Alpha7@db/m")]
    public async Task Password_AnyAddressAnywhere_IsNeverShown(string address)
    {
        string file = Path.Combine(_folder, "silo.json");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { Cluster = new { Database = address, Databse = address } }));
        string[][] places =
        [
            ["--Cluster:Database", address], ["--Model:Ledger", address], [$"--Cluster:Database={address}"], ["--Cluster:Databse", address], [$"--Cluster:Databse={address}"],
            ["--Cluster:SiloPort", address], ["--Cluster:Primary", address], ["--Cluster:SiloName", address], ["--Silo:Engine", address], ["--Silo:Roles", address],
            ["--Telemetry:Otlp", address], ["--Model:ModelFolder", address], ["--Model:EditorFile", address], [address], ["--Cluster:Database", .. address.Split(' ', ';')],
            ["--config", file], ["--config", address],
        ];
        foreach (string[] place in places)
        {
            (_, string output, string error) = await RunAsync([.. Right, "--Cluster:Clustering", "postgresql", .. place, "--check-config"]);

            Assert.NotEqual("", output + error);
            Assert.DoesNotContain("Alpha7", output + error, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("Bravo7", output + error, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task CheckConfig_CollectorWithUserAndKey_ShowsNeither()
    {
        (int code, string output, _) = await RunAsync([.. Right, "--Telemetry:Otlp", "http://user:Alpha7@collector:4318/base?key=Bravo7", "--check-config"]);

        Assert.Equal(0, code);
        Assert.Contains("Telemetry:Otlp = http://collector:4318/base\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roles_OrdinalOfANameWithoutNumber_SaysWhatNameIsWanted()
    {
        (int code, _, string error) = await RunAsync([.. Right, "--Cluster:SiloName", "mend", "--Silo:Roles", "ordinal"]);

        Assert.Equal(2, code);
        Assert.Contains("ordinal where Cluster:SiloName ends in a dash and a number", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
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
            string[] args = [.. Right, "--config", file, "--Silo:QueueLimit", "8", "--silo:queuelimit=6"];
            SiloCommand command = new();
            SiloSettings settings = SettingsReader.Read(command, args, command.Read(args), out IConfiguration configuration);

            Assert.Equal("Debug", configuration["Logging:LogLevel:Mend"]);
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
