using System.Globalization;
using System.Net;
using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using Snakepit.AspNetCore.Tests.Fixture;
using Snakepit.Testing;

namespace Snakepit.AspNetCore.Tests.Dashboard;

/// <summary>The dashboard in a real browser.</summary>
public sealed class DashboardTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const int Updates = 40;

    private const string UntilUpdated =
        "count => new Promise(done => { const look = () => snakepitTimings.length > count ? done() : setTimeout(look, 20); look(); })";

    [Fact]
    public async Task A_recycle_is_seen_while_it_happens()
    {
        var workers = new FakeWorkers();
        HeldTool slow = workers.Hold("slow");
        await using WebHost host = await WebHost.StartDashboardAsync(workers, static pool => pool.Size = 1);
        await using Tab tab = await Tab.OpenAsync(chromium, host);
        Task<int> call = host.Text.ExecuteAsync<int>("slow", cancellationToken: WebHost.Cancellation).AsTask();
        HeldCall held = await slow.NextAsync(WebHost.Cancellation);
        ILocator slot = tab.Slot(0);
        await Assertions.Expect(slot).ToHaveAttributeAsync("data-looks", "busy");
        await Assertions.Expect(slot).ToContainTextAsync("slow");
        var gate = new TaskCompletionSource();
        workers.Boot = _ => gate.Task;

        Task<RecycleReport> recycling = host.Text.RecycleAsync(cancellationToken: WebHost.Cancellation);

        await Assertions.Expect(slot).ToHaveAttributeAsync("data-looks", "busy booting");
        gate.SetResult();
        await Assertions.Expect(slot).ToHaveAttributeAsync("data-looks", "serving draining");
        await Assertions.Expect(slot).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("swapped"));
        held.Return(1);
        await call;
        await recycling;
        await Assertions.Expect(slot).ToHaveAttributeAsync("data-looks", "serving");
        await Assertions.Expect(slot).ToContainTextAsync("#2");
        await Assertions.Expect(tab.Page.Locator("#events li[data-type=workerRecycled]")).ToContainTextAsync("was replaced for manual");
    }

    [Fact]
    public async Task A_worker_is_recycled_after_a_confirmation_and_the_log_tells_who()
    {
        await using WebHost host = await WebHost.StartDashboardAsync();
        await using Tab tab = await Tab.OpenAsync(chromium, host);
        await tab.Slot(1).ClickAsync();
        await Assertions.Expect(tab.Page.Locator("#worker h3")).ToHaveTextAsync("Worker text/1#1");

        await tab.PressAsync("#worker", "Recycle");
        Assert.Equal(0, host.Text.GetSnapshot().Recycled);
        await tab.PressAsync("#confirm", "Cancel");
        await tab.PressAsync("#worker", "Recycle");
        await tab.PressAsync("#confirm", "Recycle");

        await Assertions.Expect(tab.Slot(1)).ToContainTextAsync("#2");
        Assert.Equal(1, host.Text.GetSnapshot().Recycled);
        Assert.Single(
            host.Logs.GetSnapshot(), static entry => entry.Message == "An anonymous user at 127.0.0.1 ordered: recycle worker text/1#1.");
    }

    [Fact]
    public async Task Slots_are_drained_and_resumed_pools_resized_and_calls_cancelled()
    {
        var workers = new FakeWorkers();
        HeldTool slow = workers.Hold("slow");
        await using WebHost host = await WebHost.StartDashboardAsync(workers);
        await using Tab tab = await Tab.OpenAsync(chromium, host);

        await tab.Slot(0).ClickAsync();
        await tab.PressAsync("#worker", "Drain");
        await tab.PressAsync("#confirm", "Drain");
        await Assertions.Expect(tab.Slot(0)).ToHaveAttributeAsync("data-looks", "drained");
        await tab.PressAsync("#worker", "Resume");
        await tab.PressAsync("#confirm", "Resume");
        await Assertions.Expect(tab.Slot(0)).ToHaveAttributeAsync("data-looks", "serving");

        await tab.PressAsync("#pool", "Resize");
        await tab.Page.FillAsync("#confirm-input", "4");
        await tab.PressAsync("#confirm", "Resize");
        await Assertions.Expect(tab.Slot(3)).ToHaveAttributeAsync("data-looks", "serving");

        Task<int> call = host.Text.ExecuteAsync<int>("slow", cancellationToken: WebHost.Cancellation).AsTask();
        await slow.NextAsync(WebHost.Cancellation);
        await tab.Page.Locator("#panel-calls button").ClickAsync();
        await tab.PressAsync("#confirm", "Cancel the call");
        await Assert.ThrowsAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task An_order_that_fails_is_told()
    {
        await using WebHost host = await WebHost.StartDashboardAsync(text: static pool => pool.MinReady = 2);
        await using Tab tab = await Tab.OpenAsync(chromium, host);

        await tab.PressAsync("#pool", "Resize");
        await tab.Page.FillAsync("#confirm-input", "1");
        await tab.PressAsync("#confirm", "Resize");

        await Assertions.Expect(tab.Page.Locator("#toasts p[data-level=error]")).ToContainTextAsync("MinReady is 2");
        tab.Errors.RemoveAll(static error => error.Contains("400", StringComparison.Ordinal)); // the browser logs every such answer
    }

    [Fact]
    public async Task Tools_deaths_settings_and_events_are_shown_and_filtered()
    {
        await using WebHost host = await WebHost.StartDashboardAsync();
        await using Tab tab = await Tab.OpenAsync(chromium, host);
        await host.Text.ExecuteAsync<int>("add", ToolArguments.Named(("a", 1), ("b", 2)), cancellationToken: WebHost.Cancellation);
        host.Workers.Get("text", 0).Crash();

        await tab.Page.ClickAsync("#tab-tools");
        await Assertions.Expect(tab.Page.Locator("#panel-tools tbody tr")).ToContainTextAsync("add");
        await tab.Page.ClickAsync("#tab-deaths");
        await Assertions.Expect(tab.Page.Locator("#panel-deaths tbody tr")).ToContainTextAsync("killed by SIGSEGV");
        await tab.PressAsync("#panel-deaths", "Stacks and last output of text/0#1");
        await Assertions.Expect(tab.Page.Locator("#text-body")).ToContainTextAsync("It wrote no stacks.");
        await tab.PressAsync("#text", "Close");
        await tab.Page.ClickAsync("#tab-options");
        await Assertions.Expect(tab.Page.Locator("#panel-options")).ToContainTextAsync("Recycle.Ttl");
        await tab.Page.CheckAsync("#event-problems");
        await Assertions.Expect(tab.Page.Locator("#events li")).ToHaveCountAsync(1);
        await tab.Page.FillAsync("#event-filter", "nothing like it");
        await Assertions.Expect(tab.Page.Locator("#events")).ToHaveTextAsync("No event matches the filter.");
    }

    [Fact]
    public async Task The_keyboard_reaches_everything()
    {
        await using WebHost host = await WebHost.StartDashboardAsync();
        await using Tab tab = await Tab.OpenAsync(chromium, host);

        await tab.Slot(0).FocusAsync();
        await tab.Page.Keyboard.PressAsync("ArrowRight");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(tab.Page.Locator("#worker h3")).ToHaveTextAsync("Worker text/1#1");
        await tab.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(tab.Page.Locator("#worker")).ToBeHiddenAsync();
        await tab.Page.Keyboard.PressAsync("1");
        await Assertions.Expect(tab.Page.Locator("#pool-name")).ToHaveTextAsync("ml");
        await tab.Page.Keyboard.PressAsync("/");
        await Assertions.Expect(tab.Page.Locator("#event-filter")).ToBeFocusedAsync();
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    public async Task Axe_finds_no_serious_fault_and_nothing_scrolls_sideways(ColorScheme scheme, int width)
    {
        var workers = new FakeWorkers();
        HeldTool slow = workers.Hold("slow");
        await using WebHost host = await WebHost.StartDashboardAsync(workers);
        await using Tab tab = await Tab.OpenAsync(chromium, host, scheme, width);
        _ = host.Text.ExecuteAsync<int>("slow", cancellationToken: WebHost.Cancellation).AsTask();
        await slow.NextAsync(WebHost.Cancellation);
        host.Workers.Get("ml", 0).Crash();
        await tab.Slot(0).ClickAsync();
        await Assertions.Expect(tab.Page.Locator("#panel-calls tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(tab.Page.Locator("#events li[data-type=workerCrashed]")).ToHaveCountAsync(1);

        await tab.Page.ClickAsync("#tab-deaths");
        AxeResult result = await tab.Page.RunAxe();

        Assert.Equal(
            [],
            result.Violations.Where(static fault => fault.Impact is "serious" or "critical")
                .SelectMany(static fault => fault.Nodes.Select(node => $"{fault.Id}: {node.Html}")));
        foreach (string name in (string[])["calls", "tools", "deaths", "reasons", "options"])
        {
            await tab.Page.ClickAsync($"#tab-{name}");
            Assert.True(await tab.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"));
        }
    }

    [Fact]
    public async Task Two_hundred_workers_stay_smooth()
    {
        await using WebHost host = await WebHost.StartDashboardAsync(text: static pool =>
        {
            pool.Size = 200;
            pool.Recycle.MaxConcurrent = 20;
        });
        await using Tab tab = await Tab.OpenAsync(chromium, host);
        await Assertions.Expect(tab.Page.Locator(".slot")).ToHaveCountAsync(200);
        await tab.Page.EvaluateAsync("window.snakepitTimings.length = 0");
        ICDPSession session = await tab.Page.Context.NewCDPSessionAsync(tab.Page);
        await session.SendAsync("Performance.enable", new Dictionary<string, object> { ["timeDomain"] = "threadTicks" });
        double before = await ScriptSecondsAsync(session);

        for (int update = 0; update < Updates; update++)
        {
            await host.Text.RecycleAsync(update, WebHost.Cancellation);
            await tab.Page.EvaluateAsync(UntilUpdated, update);
        }
        await host.Text.RecycleAsync(cancellationToken: WebHost.Cancellation); // some 800 events
        await Assertions.Expect(tab.Slot(199)).ToContainTextAsync("#2");

        // Processor time, because the machine may be busy with other tests: all that the page has done, parsing and charts included.
        double script = (await ScriptSecondsAsync(session) - before) * 1_000 / (Updates + 1);
        double[] timings = [.. (await tab.Page.EvaluateAsync<double[]>("window.snakepitTimings")).Order()];
        TestContext.Current.SendDiagnosticMessage(string.Create(
            CultureInfo.InvariantCulture,
            $"200 workers: {script:0.0} ms of script for each update; half of the steps took {timings[timings.Length / 2]:0.0} ms"));
        Assert.InRange(script, 0.1, 16);
        Assert.InRange(timings[timings.Length / 2], 0, 16);
    }

    [Fact]
    public async Task Twenty_tabs_share_a_connection_and_survive_the_tab_that_has_it()
    {
        await using WebHost host = await WebHost.StartDashboardAsync();
        await using IBrowserContext context = await chromium.Browser.NewContextAsync();
        List<IPage> pages = [];
        for (int i = 0; i < 20; i++)
        {
            IPage page = await context.NewPageAsync();
            await page.GotoAsync(new Uri(host.Address, "/snakepit/#text").ToString());
            pages.Add(page);
        }
        foreach (IPage page in pages)
        {
            await Assertions.Expect(page.Locator("#status")).ToHaveTextAsync("Live");
        }

        await pages[0].CloseAsync(); // it has read the stream for all
        await host.Text.RecycleAsync(0, WebHost.Cancellation);

        foreach (IPage page in pages.Skip(1))
        {
            await Assertions.Expect(page.Locator(".slot[data-slot='0']")).ToContainTextAsync("#2");
        }
    }

    [Fact]
    public async Task A_lost_connection_is_told_and_made_again()
    {
        WebHost first = await WebHost.StartDashboardAsync();
        await using Tab tab = await Tab.OpenAsync(chromium, first);
        int port = first.Address.Port;

        await first.DisposeAsync();
        await Assertions.Expect(tab.Page.Locator("#status")).ToHaveAttributeAsync("data-state", "lost");
        await using WebHost second = await WebHost.StartDashboardAsync(text: static pool => pool.Size = 5, port: port);

        await Assertions.Expect(tab.Page.Locator("#status")).ToHaveTextAsync(
            "Live", new LocatorAssertionsToHaveTextOptions { Timeout = 15_000 });
        await Assertions.Expect(tab.Page.Locator(".slot")).ToHaveCountAsync(5);
        tab.Errors.Clear(); // the browser logs every connection that is refused
    }

    [Fact]
    public async Task The_page_runs_nothing_but_its_own_files()
    {
        await using WebHost host = await WebHost.StartDashboardAsync();

        using HttpResponseMessage answer = await host.Client.GetAsync("/snakepit", WebHost.Cancellation);
        string page = await answer.Content.ReadAsStringAsync(WebHost.Cancellation);

        Assert.Equal("/snakepit/", answer.RequestMessage!.RequestUri!.AbsolutePath); // files are named relative to it
        Assert.StartsWith(
            "default-src 'none'; script-src 'self'; style-src 'self';",
            Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.DoesNotContain("style=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<style", page, StringComparison.Ordinal);
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
        Assert.DoesNotMatch("<script(?![^>]* src=)", page);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/snakepit/");
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        using HttpResponseMessage unchanged = await host.Client.SendAsync(again, WebHost.Cancellation);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Contains("MIT", await host.Client.GetStringAsync("/snakepit/uPlot.LICENSE", WebHost.Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_production_the_dashboard_is_refused_without_authorization()
    {
        await using WebHost host = await WebHost.StartAsync(static app => app.MapSnakepitDashboard(), "Production");

        foreach (string path in (string[])["", "js/main.js", "api/pools", "api/events"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await host.Client.GetAnswerAsync($"/snakepit/{path}")).Status);
        }
        Assert.Contains(
            "app.MapSnakepitDashboard().RequireAuthorization()",
            Assert.Single(host.Logs.GetSnapshot(), static entry => entry.Id.Id == 710).Message, StringComparison.Ordinal);
    }

    private static async Task<double> ScriptSecondsAsync(ICDPSession session)
    {
        JsonElement? answer = await session.SendAsync("Performance.getMetrics");
        return answer!.Value.GetProperty("metrics").EnumerateArray()
            .Single(static metric => metric.GetProperty("name").GetString() == "ScriptDuration").GetProperty("value").GetDouble();
    }
}
