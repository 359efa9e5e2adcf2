using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.AspNetCore.Tests.Fixture;

namespace Snakepit.AspNetCore.Tests;

/// <summary>The metrics in the format of Prometheus.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Metrics_of_the_pools_are_scraped()
    {
        await using WebHost host = await StartAsync();
        await host.Text.RecycleAsync(0, WebHost.Cancellation);

        string text = await host.Client.GetStringAsync("/metrics", WebHost.Cancellation);

        Assert.Contains("snakepit_worker_recycled", text, StringComparison.Ordinal);
        Assert.Contains("pool=\"text\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scrape_during_the_shutdown_is_answered_or_refused_and_nothing_fails()
    {
        await using WebHost host = await StartAsync();
        using var stop = new CancellationTokenSource();
        Task scraping = ScrapeAsync(host, stop.Token);

        await host.StopAsync();
        await stop.CancelAsync();
        await scraping;

        Assert.DoesNotContain(host.Logs.GetSnapshot(), static entry => entry.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Fact]
    public async Task Without_its_services_the_mapping_says_what_to_add()
    {
        await using WebApplication app = WebApplication.CreateSlimBuilder().Build();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => app.MapSnakepitMetrics());

        Assert.Equal("MapSnakepitMetrics needs services.AddSnakepitMetrics().", error.Message);
    }

    private static Task<WebHost> StartAsync() => WebHost.StartAsync(
        static app => app.MapSnakepitMetrics(), configure: static services => services.AddSnakepitMetrics());

    private static async Task ScrapeAsync(WebHost host, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                using HttpResponseMessage answer = await host.Client.GetAsync("/metrics", CancellationToken.None);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }
            catch (HttpRequestException)
            {
                return; // the server has ended
            }
        }
    }
}
