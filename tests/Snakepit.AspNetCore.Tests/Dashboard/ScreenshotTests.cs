using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Snakepit.AspNetCore.Tests.Fixture;
using Snakepit.Tests;

namespace Snakepit.AspNetCore.Tests.Dashboard;

/// <summary>The dashboard over real workers, one of whose tools leaks.</summary>
public sealed class ScreenshotTests(Chromium chromium) : IClassFixture<Chromium>
{
    /// <summary>The folder to write the pictures of docs/dashboard.md to: SNAKEPIT_SCREENSHOTS=docs/images.</summary>
    private static readonly string? s_folder = Environment.GetEnvironmentVariable("SNAKEPIT_SCREENSHOTS");

    private const string Adapter = """
        import time
        _kept = []

        def word_count(text):
            time.sleep(0.01)
            return len(text.split())

        def summarize(text):
            time.sleep(0.05)
            return text[:10]

        def render(text):
            _kept.append(bytearray(1_500_000))
            time.sleep(0.12)
            return text.upper()
        """;

    [Fact]
    public async Task The_worker_and_the_tool_that_leak_are_seen()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("snakepit-");
        try
        {
            string adapter = Path.Combine(folder.FullName, "documents.py");
            await File.WriteAllTextAsync(adapter, Adapter, WebHost.Cancellation);
            await using WebHost host = await WebHost.StartAsync(
                static app => app.MapSnakepitDashboard(),
                configure: services => services.AddSnakepit().AddPool("documents", pool =>
                {
                    pool.Adapter = adapter;
                    pool.Size = 8;
                    pool.Recycle.Ttl = TimeSpan.FromMinutes(2);
                    pool.Recycle.MaxRequests = 500;
                    pool.Memory.SoftLimit = MemorySize.FromMiB(200);
                }),
                isReal: true);
            await ShowAsync(host);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task ShowAsync(WebHost host)
    {
        await using Tab tab = await Tab.OpenAsync(chromium, host, pool: "documents", height: 1_180);
        IWorkerPool pool = host.Snakepit.GetPool("documents");
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(WebHost.Cancellation);
        string[] tools = ["word_count", "summarize", "render", "render"];
        Task[] callers = [.. tools.Select(tool => CallAsync(pool, tool, ending.Token))];

        await tab.Page.ClickAsync("#tab-tools");
        await Assertions.Expect(tab.Page.Locator("#panel-tools tr:has(.warn) td:first-child")).ToHaveTextAsync(
            (string[])["render"], new LocatorAssertionsToHaveTextOptions { Timeout = 30_000 });
        if (s_folder is not null)
        {
            await PictureAsync(tab, pool);
        }
        await ending.CancelAsync();
        await Task.WhenAll(callers);
    }

    private static async Task PictureAsync(Tab tab, IWorkerPool pool)
    {
        await Task.Delay(TimeSpan.FromSeconds(12), TimeProvider.System, WebHost.Cancellation); // for the lines to have a length
        await tab.Slot(2).ClickAsync();
        Task<RecycleReport> recycling = pool.RecycleAsync(5, WebHost.Cancellation);
        await Assertions.Expect(tab.Slot(5)).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("replacing"));
        await ShootAsync(tab, "dashboard.png");
        await recycling;
        await tab.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
        await tab.Page.SetViewportSizeAsync(390, 844);
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, WebHost.Cancellation);
        await ShootAsync(tab, "dashboard-phone.png");
    }

    private static Task<byte[]> ShootAsync(Tab tab, string name) => tab.Page.ScreenshotAsync(
        new PageScreenshotOptions { Path = RepositoryFiles.PathOf(s_folder!, name), Animations = ScreenshotAnimations.Disabled });

    private static async Task CallAsync(IWorkerPool pool, string tool, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await pool.TryExecuteAsync<object?>(tool, ToolArguments.Named(("text", "a text of six words only")), null, cancellationToken);
        }
    }
}
