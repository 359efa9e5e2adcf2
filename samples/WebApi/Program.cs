using OpenTelemetry;
using Snakepit;

// Two pools behind endpoints, with all that an operator needs: dashboard, administration, health and metrics.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);

// snippet: pools
builder.Services.AddSnakepit()
    .AddPool("text", p =>
    {
        p.Adapter = "adapters/text.py";
        p.Size = 4;
        p.Recycle.MaxRequests = 1_000;
        p.Recycle.Ttl = TimeSpan.FromHours(1);
        p.Memory.SoftLimit = MemorySize.FromMiB(256);
    })
    .AddPool("primes", p =>
    {
        p.Adapter = "adapters/primes.py";
        p.Size = 2;
        p.Call.Timeout = TimeSpan.FromSeconds(30);
    });
// end snippet

// snippet: operations
builder.Services.AddSnakepitAdmin();                            // for the dashboard
builder.Services.AddSnakepitControl();                          // for the snakepit tool
builder.Services.AddSnakepitMetrics();                          // for Prometheus
builder.Services.AddHealthChecks().AddSnakepitProbes();         // for Kubernetes
if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not null)
{
    builder.Services.AddOpenTelemetry().WithTracing(t => t.AddSource("Snakepit")).UseOtlpExporter();
}
// end snippet

WebApplication app = builder.Build();

// snippet: map
app.MapSnakepitDashboard();                                     // /snakepit: in Development only, unless it has .RequireAuthorization()
app.MapSnakepitHealth();                                        // /health/startup, /health/ready, /health/live
app.MapSnakepitMetrics();                                       // /metrics
// end snippet

app.MapGet(
    "/keywords",
    (string text, [FromKeyedServices("text")] IWorkerPool pool, CancellationToken cancellationToken) =>
        pool.ExecuteAsync<Dictionary<string, int>>("keywords", ToolArguments.Named(("text", text)), cancellationToken: cancellationToken));
app.MapGet(
    "/primes/{below:int}",
    (int below, [FromKeyedServices("primes")] IWorkerPool pool, CancellationToken cancellationToken) =>
        pool.ExecuteAsync<int>("count_primes", ToolArguments.Named(("below", below)), cancellationToken: cancellationToken));

app.Run();
