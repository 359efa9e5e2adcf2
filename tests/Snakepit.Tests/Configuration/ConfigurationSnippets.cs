using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Polly;
using Polly.Retry;

namespace Snakepit.Tests.Configuration;

/// <summary>The C# of docs/configuration.md, so that it compiles.</summary>
public static class ConfigurationSnippets
{
    internal static void HostApplication(HostApplicationBuilder builder)
    {
        // snippet: host
        builder.Services
            .AddSnakepit(builder.Configuration.GetSection("Snakepit"))
            .AddPool("text", p => p.Recycle.MaxRequests = 1_000);
        // end snippet
    }

    internal static async Task ReloadAsync(CancellationToken cancellationToken)
    {
        // snippet: reload
        int size = 4;
        await using SnakepitRuntime snakepit = await SnakepitRuntime.StartAsync(
            s => s.AddPool("text", p => (p.Adapter, p.Size) = ("adapters/text_stats.py", size)), cancellationToken);

        size = 8;
        ReloadReport report = await snakepit.ReloadAsync(cancellationToken);
        string changes = string.Join(", ", report.Changes.Select(x => $"{x.Pool}: {x.Option} {x.OldValue} -> {x.NewValue}"));
        // end snippet
        Assert.NotEmpty(changes);
    }

    internal static void Pipeline(PoolOptions options)
    {
        // snippet: pipeline
        options.Pipeline = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = 5,
                ShouldHandle = static retry => ValueTask.FromResult(
                    retry.Outcome.Exception is SnakepitException { IsTransient: true }
                        || (retry.Outcome.Exception is ToolException e && e.Error.Is("ConnectionError"))),
            })
            .AddTimeout(TimeSpan.FromSeconds(30))
            .Build();
        // end snippet
    }

    internal static void OwnSection(HostApplicationBuilder builder)
    {
        // snippet: own-section
        builder.Services
            .AddSnakepit()
            .AddPool("audio", builder.Configuration.GetSection("Acme:Audio:Workers"));
        // end snippet
    }

    internal static void HealthChecks(HostApplicationBuilder builder)
    {
        // snippet: health
        builder.Services.AddHealthChecks()
            .AddSnakepit()                                                        // all pools
            .AddSnakepit("front", tags: ["ready"], pools: ["text"]);              // another check, of some of them
        // end snippet
    }

    internal static async Task WithoutHostAsync(IConfiguration configuration, CancellationToken cancellationToken)
    {
        // snippet: without-host
        await using SnakepitRuntime snakepit = await SnakepitRuntime.StartAsync(
            s => s.UseConfiguration(configuration.GetSection("Snakepit"))
                .AddPool("text", p =>
                {
                    p.Adapter = "adapters/text_stats.py";
                    p.Size = 4;
                }),
            cancellationToken);
        // end snippet
    }

    private static async Task<int> Script(string path)
    {
        // snippet: script
        return await SnakepitRuntime.RunScriptAsync(
            s => s.AddPool("text", p => p.Adapter = "adapters/text_stats.py"),
            async (snakepit, cancellationToken) =>
            {
                string text = await File.ReadAllTextAsync(path, cancellationToken);
                int words = await snakepit.ExecuteAsync<int>("word_count", new { text }, cancellationToken: cancellationToken);
                await File.WriteAllTextAsync($"{path}.count", $"{words}", cancellationToken);
            });
        // end snippet
    }

    // snippet: inject
    public sealed class Summaries([FromKeyedServices("text")] IWorkerPool text)
    {
        public ValueTask<string> SummarizeAsync(string document, CancellationToken cancellationToken) =>
            text.ExecuteAsync<string>("summarize", ToolArguments.Positional(document), cancellationToken: cancellationToken);
    }
    // end snippet
}
