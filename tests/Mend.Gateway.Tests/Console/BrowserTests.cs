using Mend.Gateway.Tests.Keys;
using Mend.Sharding;
using Mend.Tensors.Cpu;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Mend.Gateway.Tests.Console;

/// <summary>The model that ships with the command, in this process.</summary>
public sealed class Demo : Site
{
    private static readonly string Files = Fixtures.Path("..", "..", "src", "Mend.Cli", "Demo");

    protected override async Task<IEditableModel> OpenAsync() => await EmbeddedModel.OpenAsync(new EmbeddedModelOptions
    {
        ModelFolder = Path.Combine(Files, "model"),
        EditorFile = Path.Combine(Files, "editor.safetensors"),
        Shards = 3,
        Engine = new CpuEngine(new CpuEngineOptions { Threads = 1 }),
    });

    protected override Task<GatewayOptions> ChangeAsync(GatewayOptions options) => Task.FromResult(options with { Name = "demo" });
}

/// <summary>The console in a browser. With MEND_SCREENSHOTS=1 the pictures in docs are made anew.</summary>
public sealed class BrowserTests(Demo demo, Guarded guarded, ThreeSilos silos) : IClassFixture<Demo>, IClassFixture<Guarded>, IClassFixture<ThreeSilos>
{
    private const string Prompt = "Leonhard Euler used to work in";

    /// <summary>An edit that version 5 has, and one that nobody made.</summary>
    private const string Records = """
        {"prompt": "Leonhard Euler used to work in", "target_new": "Geneva", "rephrases": ["Leonhard Euler worked in"], "locality": [{"prompt": "Halvard Lange worked in", "target": "Oslo"}]}
        {"prompt": "Halvard Lange worked in", "target_new": "Rome", "rephrases": ["Halvard Lange used to work in"], "locality": [{"prompt": "Leonhard Euler used to work in", "target": "Berlin"}]}
        """;

    private readonly List<string> _faults = [];

    [BrowserFact]
    public async Task Console_EditWithPreview_CompareAndRevert()
    {
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await LaunchAsync(playwright);
        IPage page = await OpenAsync(browser, demo.Address, new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 1100, Height = 900 } });
        await Expect(page.Locator("#head")).ToHaveTextAsync("demo, gpt2, 6 blocks, version 0");

        await page.Keyboard.PressAsync("e");
        await page.Keyboard.TypeAsync(Prompt);
        await page.GetByLabel("Right answer").FillAsync("Geneva");
        await page.GetByText("More").ClickAsync();
        await page.GetByLabel("Author").FillAsync("ada");
        await page.GetByLabel("Prompts that should stay").FillAsync("Halvard Lange worked in");
        await page.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        ILocator preview = page.Locator("#preview-place tbody tr");
        await Expect(preview).ToHaveCountAsync(2);
        await Expect(preview.Nth(0)).ToContainTextAsync("Berlin.");
        await Expect(preview.Nth(0)).ToContainTextAsync("Geneva.");
        await Expect(page.Locator("#preview-place caption")).ToContainTextAsync("nothing is committed");
        Assert.Equal(0, (await demo.Model.HeadAsync()).Number);

        await page.GetByRole(AriaRole.Button, new() { Name = "Commit" }).ClickAsync();
        await Expect(page.Locator("#edit-state")).ToHaveTextAsync("Committed as version 1.");
        ILocator version = page.Locator("#versions tbody tr");
        await Expect(version).ToHaveCountAsync(1);
        await Expect(version.Nth(0)).ToContainTextAsync("ada");
        await Expect(version.Nth(0)).ToContainTextAsync("in effect");

        await page.Locator("#ask textarea").FillAsync(Prompt);
        await page.Locator("#ask textarea").PressAsync("Control+Enter");
        await Expect(page.Locator("#left-name")).ToHaveTextAsync("demo@1");
        await Expect(page.Locator("#left")).ToContainTextAsync("Geneva");
        await Expect(page.Locator("#right-name")).ToHaveTextAsync("demo@0");
        await Expect(page.Locator("#right")).ToContainTextAsync("Berlin");
        await PictureAsync(page, "console.png");

        await page.GetByRole(AriaRole.Button, new() { Name = "Revert version 1" }).ClickAsync();
        await Expect(version).ToHaveCountAsync(2);
        await Expect(version.Nth(1)).ToContainTextAsync("reverted by 2");
        await page.GetByLabel("Search").FillAsync("nowhere");
        await Expect(page.Locator("#versions tbody")).ToHaveTextAsync("None yet.");
        await page.GetByLabel("Search").FillAsync("");
        await Expect(page.Locator(".bar span")).ToHaveCountAsync(3);

        await page.GetByRole(AriaRole.Button, new() { Name = "Propose" }).ClickAsync();
        await Expect(page.Locator("#edit-state")).ToHaveTextAsync("Proposed as number 1.");
        await page.Keyboard.PressAsync("Escape");
        await page.Locator("#decided").FocusAsync();
        await page.Locator("#proposals summary").PressAsync("Enter");
        await Expect(page.Locator("#proposal-1 tbody tr").Nth(0)).ToContainTextAsync("Geneva.");
        await PictureAsync(page, "console-review.png");
        await page.GetByLabel("Reason of the decision on proposal 1").FillAsync("checked");
        Assert.Equal(2, (await demo.Model.HeadAsync()).Number);
        await page.GetByRole(AriaRole.Button, new() { Name = "Approve proposal 1" }).ClickAsync();
        await Expect(page.Locator("#proposals")).ToHaveTextAsync("None waits for a decision.");
        await Expect(version.Nth(0)).ToContainTextAsync("approved by ada");
        await page.Locator("#decided").CheckAsync();
        await Expect(page.Locator("#proposal-1 summary")).ToContainTextAsync("version 3");
        Assert.Equal(3, (await demo.Model.HeadAsync()).Number);

        await page.GetByLabel("Right answer").FillAsync("Basel");
        await page.GetByLabel("Try on this share of requests").FillAsync("0.1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Commit" }).ClickAsync();
        await Expect(page.Locator("#canary")).ToContainTextAsync("Version 4 is tried on 10 % of the requests, the others read version 3.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Withdraw" }).ClickAsync();
        await Expect(page.Locator("#canary")).ToBeHiddenAsync();
        await Expect(version.Nth(1)).ToContainTextAsync("reverted by 5");

        await Expect(page.Locator("#latency .stage").Nth(0)).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("^queue: median .* 95 % within "));
        for (int evaluation = 1; evaluation <= 2; evaluation++)
        {
            await page.Locator("#evaluate input").SetInputFilesAsync(new FilePayload { Name = "facts.jsonl", MimeType = "application/json", Buffer = System.Text.Encoding.UTF8.GetBytes(Records) });
            await page.GetByRole(AriaRole.Button, new() { Name = "Evaluate" }).ClickAsync();
            await Expect(page.Locator("#quality .dot")).ToHaveCountAsync(3 * evaluation);
        }

        await Expect(page.Locator("#evaluate-state")).ToHaveTextAsync("done: version 5, 2 records.");
        await page.Locator("#quality .dot").Nth(0).FocusAsync();
        await Expect(page.Locator("#quality .dot").Nth(0)).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex("^success 50.0 %, version 5, .*facts.jsonl$"));
        await page.GetByText("As a table").ClickAsync();
        await Expect(page.Locator("#evaluations tbody tr")).ToHaveCountAsync(2);
        await PictureAsync(page, "console-charts.png");

        IPage phone = await OpenAsync(browser, demo.Address, new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = 390, Height = 800 }, ColorScheme = ColorScheme.Dark });
        await Expect(phone.Locator("#versions tbody tr")).ToHaveCountAsync(5);
        Assert.True(await phone.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), "The page is wider than a phone.");
        Assert.NotEqual("rgb(255, 255, 255)", await phone.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        await PictureAsync(phone, "console-phone.png");
        Assert.Empty(_faults);
    }

    [BrowserFact]
    public async Task Console_OfAServerWithKeys_AsksForOne()
    {
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await LaunchAsync(playwright);
        IPage page = await OpenAsync(browser, guarded.Address, new BrowserNewContextOptions());
        await Expect(page.Locator("#trouble")).ToContainTextAsync("No key");

        await page.GetByLabel("Key").FillAsync(guarded.Reader);
        await page.GetByRole(AriaRole.Button, new() { Name = "Use" }).ClickAsync();

        await Expect(page.Locator("#head")).ToContainTextAsync("tiny, gpt2");
        await Expect(page.Locator("#key")).ToBeHiddenAsync();
    }

    [BrowserFact]
    public async Task Console_OfAClusterThatLosesASilo_ShowsItAndItsReturn()
    {
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await LaunchAsync(playwright);
        IPage page = await OpenAsync(browser, silos.Address, new BrowserNewContextOptions());
        await Expect(page.Locator(".silo")).ToHaveCountAsync(3);
        await Expect(page.Locator(".bar span:not(.down)")).ToHaveCountAsync(3);

        string lost = await silos.KillSiloAsync();

        // The console asks anew by itself.
        await Expect(page.Locator("#silos")).Not.ToContainTextAsync(lost);
        await Expect(page.Locator(".silo").Last).ToContainTextAsync("nowhere");
        await Expect(page.Locator(".bar span.down")).ToHaveCountAsync(1);
        await Expect(page.Locator(".bar span:not(.down)")).ToHaveCountAsync(2);
        await PictureAsync(page, "console-lost-silo.png");

        await silos.StartSiloAsync();
        await Expect(page.Locator(".bar span:not(.down)")).ToHaveCountAsync(3);
        await Expect(page.Locator("#silos")).Not.ToContainTextAsync("nowhere");
    }

    [BrowserFact]
    public async Task Reference_OfTheApi_IsShownWithoutAnythingFromElsewhere()
    {
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await LaunchAsync(playwright);
        IPage page = await OpenAsync(browser, demo.Address, new BrowserNewContextOptions());
        List<string> foreign = [];
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(demo.Address.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
            {
                foreign.Add(request.Url);
            }
        };

        await page.GetByRole(AriaRole.Link, new() { Name = "API" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "One version of the model." })).ToBeVisibleAsync();
        Assert.Empty(foreign);
        Assert.Empty(_faults);
    }

    private static Task<IBrowser> LaunchAsync(IPlaywright playwright) =>
        playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = BrowserFactAttribute.Browser, Args = ["--no-sandbox"] });

    private async Task<IPage> OpenAsync(IBrowser browser, Uri address, BrowserNewContextOptions options)
    {
        IPage page = await browser.NewPageAsync(new BrowserNewPageOptions { ViewportSize = options.ViewportSize, ColorScheme = options.ColorScheme });
        page.SetDefaultTimeout(60_000);
        SetDefaultExpectTimeout(60_000);
        page.PageError += (_, error) => _faults.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                _faults.Add(message.Text);
            }
        };
        await page.GotoAsync(address.ToString());
        return page;
    }

    private static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("MEND_SCREENSHOTS") == "1")
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { FullPage = true, Path = Path.GetFullPath(Fixtures.Path("..", "..", "docs", name)) });
        }
    }
}
