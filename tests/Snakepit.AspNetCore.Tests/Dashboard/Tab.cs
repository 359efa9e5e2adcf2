using Microsoft.Playwright;
using Snakepit.AspNetCore.Tests.Fixture;

namespace Snakepit.AspNetCore.Tests.Dashboard;

/// <summary>A tab with the dashboard, in which no script may fail.</summary>
internal sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    private Tab(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Errors.Add(message.Text);
            }
        };
        page.PageError += (_, error) => Errors.Add(error);
    }

    public IPage Page { get; }

    /// <summary>What the browser's console shows as an error. There must be none at the end.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Opens a pool, and waits until it is shown live.</summary>
    public static async Task<Tab> OpenAsync(
        Chromium chromium, WebHost host, ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 900, string pool = "text")
    {
        IBrowserContext context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = scheme, ViewportSize = new ViewportSize { Width = width, Height = height },
        });
        var tab = new Tab(context, await context.NewPageAsync());
        await tab.Page.GotoAsync(new Uri(host.Address, $"/snakepit/#{pool}").ToString());
        await Assertions.Expect(tab.Page.Locator("#status")).ToHaveTextAsync("Live");
        await Assertions.Expect(tab.Page.Locator("#pool-name")).ToHaveTextAsync(pool);
        return tab;
    }

    public ILocator Slot(int slot) => Page.Locator($".slot[data-slot='{slot}']");

    /// <summary>Presses the button of that name in a part of the page.</summary>
    public Task PressAsync(string part, string name) => Page.Locator(part).GetByRole(
        AriaRole.Button, new LocatorGetByRoleOptions { Name = name, Exact = true }).ClickAsync();

    public async ValueTask DisposeAsync()
    {
        await _context.DisposeAsync();
        Assert.Equal([], Errors);
    }
}
