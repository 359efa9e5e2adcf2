namespace Snakepit.IntegrationTests.Readme;

/// <summary>Runs the README's example as it stands there.</summary>
public sealed class ReadmeTests
{
    [Fact(Timeout = 60_000)]
    public async Task Example_as_written_runs()
    {
        CancellationToken ct = TestContext.Current.CancellationToken;
        var logged = new List<string>();
        Action<string> log = logged.Add;
        // snippet: example
        await using var snakepit = await SnakepitRuntime.StartAsync(s => s.AddPool("text", p =>
        {
            p.Adapter = "adapters/text_stats.py";   // a Python file, a module, or module:Class
            p.Size = 4;                             // four worker processes
            p.Recycle.MaxRequests = 1_000;          // each replaced after 1,000 calls, without a pause
        }), ct);
        IWorkerPool pool = snakepit.GetPool("text");

        int sum = await pool.ExecuteAsync<int>("add", new { a = 40, b = 2 }, cancellationToken: ct);
        int same = await pool.ExecuteAsync<int>("add", ToolArguments.Positional(40, 2), cancellationToken: ct);   // AOT-safe
        try
        {
            await pool.ExecuteAsync("word_count", ToolArguments.Named(("text", 42)), cancellationToken: ct);
        }
        catch (ToolException e) when (e.Error.Is("AttributeError"))
        {
            log(e.Error.Traceback);   // Python's own; the worker lives on
        }
        RecycleReport report = await pool.RecycleAsync(cancellationToken: ct);   // all workers, one after another
        // end snippet
        Assert.Equal(42, sum);
        Assert.Equal(42, same);
        Assert.Contains("AttributeError", Assert.Single(logged), StringComparison.Ordinal);
        Assert.True(report.AllReplaced);
        await pool.WaitUntilReadyAsync(4, ct); // the start itself waits for one worker
    }
}
