using Microsoft.Extensions.Logging;

namespace Snakepit.Tests.Guides;

/// <summary>The C# of docs/telemetry.md.</summary>
internal static class LoggingSnippets
{
    internal static async Task WithoutHostAsync(CancellationToken ct)
    {
        // snippet: logger-factory
        using ILoggerFactory loggers = LoggerFactory.Create(logging => logging
            .AddSimpleConsole(console => console.SingleLine = true)
            .AddFilter("Snakepit", LogLevel.Information)
            .AddFilter("Snakepit.Python", LogLevel.Debug));    // the output of your tools

        await using SnakepitRuntime snakepit = await SnakepitRuntime.StartAsync(
            s =>
            {
                s.LoggerFactory = loggers;
                s.AddPool("text", p => p.Adapter = "adapters/text_stats.py");
            },
            ct);
        // end snippet
    }
}
