using OpenTelemetry.Metrics;
using Snakepit;
using SnakepitWeb;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);

builder.Services.AddSnakepit(builder.Configuration.GetSection("Snakepit")); // the pools are in appsettings.json
builder.Services.AddHealthChecks().AddSnakepit();
builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter("Snakepit").AddPrometheusExporter());
builder.Services.AddProblemDetails();
builder.Services.AddExceptionHandler<SnakepitExceptionHandler>();

WebApplication app = builder.Build();

app.UseExceptionHandler();
app.MapHealthChecks("/health");
app.MapPrometheusScrapingEndpoint("/metrics");

app.MapGet("/words", (string text, [FromKeyedServices("text")] IWorkerPool pool, CancellationToken cancellationToken) =>
    pool.ExecuteAsync<WordCount>("count_words", new { text }, cancellationToken: cancellationToken));

app.MapPost("/summary", (double[] values, [FromKeyedServices("stats")] IWorkerPool pool, CancellationToken cancellationToken) =>
    pool.ExecuteAsync<Summary>("summarize", new { values }, cancellationToken: cancellationToken));

app.Run();

internal sealed record WordCount(int Words, string Top, string Python);

internal sealed record Summary(int Count, double Mean, double Largest);
