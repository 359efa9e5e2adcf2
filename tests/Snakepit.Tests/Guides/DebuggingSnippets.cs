using Snakepit.Testing;

namespace Snakepit.Tests.Guides;

/// <summary>The C# of docs/debugging.md.</summary>
public sealed class DebuggingSnippets
{
    [Fact]
    public async Task Settings_for_a_debugger_are_valid_and_end_no_call()
    {
        var workers = new FakeWorkers().Add("add", static r => r.Get<int>("a") + 1);
        await using var snakepit = await SnakepitRuntime.StartAsync(
            s => s.UseFakeWorkers(workers).AddPool("text", WaitForDebugger), TestContext.Current.CancellationToken);

        Assert.Equal(
            42,
            await snakepit.ExecuteAsync<int>(
                "add", ToolArguments.Named(("a", 41)), cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal("infinite", snakepit.GetPool("text").GetSnapshot().Options["Call.Timeout"]);
    }

    // snippet: settings
    internal static void WaitForDebugger(PoolOptions p)
    {
        p.Size = 1;                                          // one worker: calls always stop in the same process
        p.Start.Method = StartMethod.Spawn;                  // no zygote, which would have to fork a debugger's threads
        p.Boot.Timeout = TimeSpan.FromHours(1);              // breakpoints at import and in setup()
        p.Call.Timeout = Timeout.InfiniteTimeSpan;           // breakpoints in tools
        p.Call.CancelGrace = TimeSpan.FromHours(1);          // a cancelled request does not kill the worker
        p.Queue.Timeout = Timeout.InfiniteTimeSpan;          // calls behind the stopped one wait
        p.Health.PingInterval = Timeout.InfiniteTimeSpan;    // a debugger may stop the thread that answers heartbeats
    }
    // end snippet
}
