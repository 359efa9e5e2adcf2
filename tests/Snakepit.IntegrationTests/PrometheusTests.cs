using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>A host with OpenTelemetry's Prometheus exporter, as a real Prometheus sees it.</summary>
[Trait(TransportMode.Trait, TransportMode.Native)]
public sealed class PrometheusTests : IntegrationTest
{
    /// <summary>The four expressions of the original's documentation, as they stand there.</summary>
    private const string Rate = "rate(snakepit_worker_recycled_total[5m])";
    private const string ByReason = "sum by (reason) (snakepit_worker_recycled_total)";
    private const string MedianUptime = "histogram_quantile(0.5, snakepit_worker_uptime_seconds)";
    private const string NearLimits = "snakepit_worker_near_ttl + snakepit_worker_near_max_requests";

    [Fact(Timeout = Bound)]
    public async Task Expressions_of_the_original_have_values_and_churn_fires_its_alert()
    {
        Assert.SkipUnless(PrometheusServer.IsInstalled, "Prometheus is not installed.");
        await using WebApplication host = await StartHostAsync();
        ISnakepit snakepit = host.Services.GetRequiredService<ISnakepit>();
        IWorkerPool pool = snakepit.GetPool(Rig.OnlyPool);
        using var prometheus = new PrometheusServer(new Uri(host.Urls.First()).Authority);
        await RecycleAsync(1);
        await prometheus.QueryAsync(ByReason, static samples => samples.Contains(("reason=manual", 1)), Cancellation);

        await RecycleAsync(15);
        for (int call = 0; call < 90; call++)
        {
            await pool.ExecuteAsync<int>("add", ToolArguments.Positional(1, 2), null, Cancellation); // the worker is near its limit
        }
        await prometheus.QueryAsync(ByReason, static samples => samples.Contains(("reason=manual", 16)), Cancellation);

        IReadOnlyList<(string Labels, double Value)> rates = await prometheus.QueryAsync(
            Rate, static samples => samples.Any(static one => one.Value > 0), Cancellation);
        Assert.Equal("pool=it reason=manual", Assert.Single(rates, static one => one.Value > 0).Labels);
        Assert.InRange(Assert.Single(await prometheus.QueryAsync(MedianUptime, Positive, Cancellation)).Value, 1, 60); // the first bucket
        Assert.Equal(
            ("pool=it", 1.0), Assert.Single(await prometheus.QueryAsync(NearLimits, static samples => samples is [(_, 1)], Cancellation)));
        Assert.Equal(Rig.OnlyPool, await prometheus.FiringAsync("SnakepitWorkerChurn", Cancellation));

        async Task RecycleAsync(int times)
        {
            for (int i = 0; i < times; i++)
            {
                Assert.True((await pool.RecycleAsync(null, Cancellation)).AllReplaced);
            }
        }
    }

    [Fact(Timeout = Bound)]
    public async Task Metrics_have_the_names_units_and_labels_that_dashboards_know()
    {
        await using WebApplication host = await StartHostAsync();
        IWorkerPool pool = host.Services.GetRequiredService<ISnakepit>().GetPool(Rig.OnlyPool);
        await pool.ExecuteAsync<int>("add", ToolArguments.Positional(1, 2), null, Cancellation);
        await pool.RecycleAsync(null, Cancellation);
        using var client = new HttpClient();

        string text = await client.GetStringAsync($"{host.Urls.First()}/metrics", Cancellation);

        Assert.All(
            (string[])
            [
                "rpc_client_call_duration_seconds_bucket", "process_cpu_time_seconds_total", "process_memory_usage_bytes",
                "process_thread_count", "snakepit_worker_recycled_total", "snakepit_worker_uptime_seconds_bucket",
                "snakepit_worker_near_ttl", "snakepit_worker_near_max_requests", "snakepit_worker_count",
            ],
            name => Assert.Contains($"\n{name}{{", text, StringComparison.Ordinal));
        Assert.All(["60", "300", "600", "1800", "3600", "7200"], bucket => Assert.Matches($"uptime_seconds_bucket.*le=\"{bucket}\"", text));
    }

    private static bool Positive(IReadOnlyList<(string Labels, double Value)> samples) => samples is [(_, > 0)];

    private static async Task<WebApplication> StartHostAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSnakepit().AddPool(Rig.OnlyPool, static pool =>
        {
            (pool.Adapter, pool.Size) = (Rig.Adapter("telemetry.py"), 1);
            pool.Recycle.MaxRequests = 100;
            pool.Recycle.Ttl = TimeSpan.FromHours(1);
        });
        builder.Services.AddOpenTelemetry().WithMetrics(static metrics => metrics.AddMeter("Snakepit").AddPrometheusExporter());
        WebApplication host = builder.Build();
        host.MapPrometheusScrapingEndpoint("/metrics");
        await host.StartAsync(Cancellation);
        return host;
    }
}
