using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>The C# of docs/telemetry-guide.md, which does what the page says.</summary>
[Trait(TransportMode.Trait, TransportMode.Native)]
public sealed class TelemetryGuideTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    public async Task Prometheus_scrapes_the_host()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.AddSnakepit().AddPool("text", Configure);

        // snippet: prometheus
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter("Snakepit")
            .AddPrometheusExporter());

        WebApplication app = builder.Build();
        app.MapPrometheusScrapingEndpoint("/metrics");
        // end snippet

        await using (app)
        {
            await app.StartAsync(Cancellation);
            using var client = new HttpClient();
            string text = await client.GetStringAsync($"{app.Urls.First()}/metrics", Cancellation);
            Assert.Contains("snakepit_worker_count{", text, StringComparison.Ordinal);
        }
    }

    [Fact(Timeout = Bound)]
    public async Task Otlp_sends_metrics_and_traces()
    {
        using var collector = new Collector();
        using var client = new HttpClient();
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSnakepit().AddPool("text", Configure);
        builder.Services.Configure<OtlpExporterOptions>(null, options =>
        {
            options.Endpoint = collector.Address;
            options.Protocol = OtlpExportProtocol.HttpProtobuf;
            options.HttpClientFactory = () => client;
        });

        // snippet: otlp
        builder.Services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter("Snakepit").AddOtlpExporter())
            .WithTracing(traces => traces.AddSource("Snakepit").AddOtlpExporter());
        // end snippet

        using (IHost host = builder.Build())
        {
            await host.StartAsync(Cancellation);
            await host.Services.GetRequiredService<ISnakepit>().ExecuteAsync<int>(
                "add", ToolArguments.Positional(40, 2), cancellationToken: Cancellation);
            host.Services.GetRequiredService<MeterProvider>().ForceFlush();
            host.Services.GetRequiredService<TracerProvider>().ForceFlush();
            await host.StopAsync(Cancellation);
        }

        Assert.Contains("rpc.client.call.duration", collector.Received, StringComparison.Ordinal);
        Assert.Contains("rpc.system.name", collector.Received, StringComparison.Ordinal);
        Assert.Contains("text/add", collector.Received, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task High_churn_raises_an_alert()
    {
        Rig rig = await StartAsync("telemetry.py");
        IWorkerPool pool = rig.Pool;
        var raised = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = new CancellationTokenSource();
        Task watching = ChurnAlert.WatchAsync(pool, most: 3, within: TimeSpan.FromMinutes(5), raised.SetResult, stop.Token);

        CancellationToken ct = Cancellation;
        // snippet: by-hand
        RecycleReport report = await pool.RecycleAsync(slot: 0, ct);
        // end snippet
        Assert.True(report.AllReplaced);
        await pool.RecycleAsync(0, Cancellation);
        Assert.False(raised.Task.IsCompleted);
        await pool.RecycleAsync(0, Cancellation);

        Assert.Equal("Pool it has lost 3 workers within 5 minutes; the last one: Manual.", await raised.Task);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    [Fact(Timeout = Bound)]
    public async Task Events_are_seen_live()
    {
        Rig rig = await StartAsync("telemetry.py");
        SnakepitRuntime snakepit = rig.Runtime;
        var seen = new Recorder<string>();
        using var stop = new CancellationTokenSource();
        var output = new WriteTo(seen.Add);
        Task watching = ShowAsync(snakepit, output, stop.Token);

        await rig.CallAsync<int>("summarise", (object)(string[])["", "one"]);
        await rig.Pool.RecycleAsync(0, Cancellation);

        Assert.Contains("app.empty_text", await seen.FirstAsync(static line => line.StartsWith("PythonEvent", StringComparison.Ordinal)));
        Assert.Contains("Manual", await seen.FirstAsync(static line => line.StartsWith("WorkerRecycledEvent", StringComparison.Ordinal)));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watching);
    }

    private static async Task ShowAsync(SnakepitRuntime snakepit, WriteTo output, CancellationToken ct)
    {
        // snippet: live
        await foreach (LifecycleEvent happened in snakepit.WatchAsync(ct))
        {
            output.WriteLine(happened); // such as WorkerRecycledEvent { Pool = text, Worker = text/0#7, Reason = MaxRequests, … }
        }
        // end snippet
    }

    private static void Configure(PoolOptions pool) => (pool.Adapter, pool.Size) = (Rig.Adapter("telemetry.py"), 1);

    // snippet: churn
    /// <summary>Raises an alert when a pool loses too many workers in a short time.</summary>
    internal static class ChurnAlert
    {
        public static async Task WatchAsync(
            IWorkerPool pool, int most, TimeSpan within, Action<string> raise, CancellationToken ct)
        {
            Queue<DateTimeOffset> lost = new();
            await foreach (LifecycleEvent happened in pool.WatchAsync(ct))
            {
                string? why = happened switch
                {
                    WorkerRecycledEvent recycled => $"{recycled.Reason}",
                    WorkerCrashedEvent crashed => crashed.Report.Description,
                    _ => null,
                };
                if (why is null)
                {
                    continue;
                }
                lost.Enqueue(happened.At);
                while (happened.At - lost.Peek() > within)
                {
                    lost.Dequeue();
                }
                if (lost.Count >= most)
                {
                    raise($"Pool {pool.Name} has lost {lost.Count} workers within {within.TotalMinutes} minutes; the last one: {why}.");
                    lost.Clear(); // the next alert needs as many again
                }
            }
        }
    }
    // end snippet

    /// <summary>Stands for the console.</summary>
    private sealed class WriteTo(Action<string> write)
    {
        public void WriteLine(object line) => write($"{line}");
    }

    /// <summary>Takes what is sent to it, as a collector of OpenTelemetry does.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly WebApplication _app;
        private readonly Lock _gate = new();
        private string _received = "";

        public Collector()
        {
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            _app = builder.Build();
            _app.Run(async context =>
            {
                using var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                lock (_gate)
                {
                    _received += System.Text.Encoding.Latin1.GetString(body.ToArray()); // names stand in it as they are
                }
                context.Response.StatusCode = (int)HttpStatusCode.OK;
            });
            _app.StartAsync().GetAwaiter().GetResult();
            Address = new Uri($"{_app.Urls.First()}/v1/any");
        }

        public Uri Address { get; }

        public string Received
        {
            get
            {
                lock (_gate)
                {
                    return _received;
                }
            }
        }

        public void Dispose() => _app.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
