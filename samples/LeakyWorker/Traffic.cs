using Snakepit;

namespace LeakyWorker;

/// <summary>Calls the tools of the pool as an application would, about fifty times a second.</summary>
internal sealed class Traffic([FromKeyedServices("documents")] IWorkerPool pool) : BackgroundService
{
    private static readonly string[] s_tools = ["keywords", "summary", "language", "fingerprint"];
    private static readonly string[] s_words =
        ["snakes", "pool", "worker", "memory", "the", "grows", "and", "nobody", "knows", "why", "yet."];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await pace.WaitForNextTickAsync(stoppingToken))
        {
            string text = string.Join(' ', Random.Shared.GetItems(s_words, 300));
            await pool.ExecuteAsync(Random.Shared.GetItems(s_tools, 1)[0], new { text }, cancellationToken: stoppingToken);
        }
    }
}
