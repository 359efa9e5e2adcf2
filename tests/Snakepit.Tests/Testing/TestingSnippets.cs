using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Testing;

namespace Snakepit.Tests.Testing;

/// <summary>The C# of docs/testing.md.</summary>
public sealed class TestingSnippets
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task First_test()
    {
        // snippet: first-test
        var workers = new FakeWorkers()
            .Add("add", r => r.Get<int>("a") + r.Get<int>("b"))
            .Add("parse", (ToolRequest _) => throw new FakeToolException("ValueError", "no number"));

        await using var snakepit = await SnakepitRuntime.StartAsync(
            s => s.UseFakeWorkers(workers).AddPool("text", p => p.Size = 2), Cancel);

        int sum = await snakepit.ExecuteAsync<int>("add", ToolArguments.Named(("a", 40), ("b", 2)), cancellationToken: Cancel);
        // end snippet
        Assert.Equal(42, sum);
        ToolException error = await Assert.ThrowsAsync<ToolException>(
            () => snakepit.ExecuteAsync("parse", cancellationToken: Cancel).AsTask());
        Assert.True(error.Error.Is("ValueError"));
    }

    [Fact]
    public async Task Time_and_timeouts()
    {
        // snippet: timeout
        var time = new FakeTimeProvider();
        var workers = new FakeWorkers();
        HeldTool slow = workers.Hold("slow");
        await using var snakepit = await SnakepitRuntime.StartAsync(
            s =>
            {
                s.TimeProvider = time;
                s.UseFakeWorkers(workers).AddPool("text", p => p.Size = 1);
            },
            Cancel);

        Task call = snakepit.ExecuteAsync(
            "slow", options: new() { Timeout = TimeSpan.FromSeconds(10) }, cancellationToken: Cancel).AsTask();
        HeldCall running = await slow.NextAsync(Cancel);    // it has begun
        time.Advance(TimeSpan.FromSeconds(11));
        await Assert.ThrowsAsync<CallTimeoutException>(() => call);

        Assert.True(running.Request.CancellationToken.IsCancellationRequested);
        running.Return("too late");                         // the worker lets go and serves on
        // end snippet
    }

    [Fact]
    public async Task A_crash()
    {
        // snippet: crash
        var workers = new FakeWorkers();
        HeldTool render = workers.Hold("render");
        await using var snakepit = await SnakepitRuntime.StartAsync(
            s => s.UseFakeWorkers(workers).AddPool("image", p => p.Size = 1), Cancel);

        Task call = snakepit.ExecuteAsync("render", cancellationToken: Cancel).AsTask();
        HeldCall running = await render.NextAsync(Cancel);
        running.Request.Worker.Crash(signal: 11);

        var lost = await Assert.ThrowsAsync<WorkerLostException>(() => call);
        Assert.Equal("killed by SIGSEGV", lost.Report!.Description);
        // end snippet
    }

    [Fact]
    public async Task A_broken_adapter()
    {
        // snippet: boot
        var workers = new FakeWorkers
        {
            Boot = _ => throw new FakeToolException("ModuleNotFoundError", "No module named 'torch'"),
        };

        var broken = await Assert.ThrowsAsync<AdapterLoadException>(
            () => SnakepitRuntime.StartAsync(s => s.UseFakeWorkers(workers).AddPool("ml", p => p.Size = 1), Cancel));
        Assert.True(broken.Error!.Is("ModuleNotFoundError"));
        // end snippet
    }

    [Fact]
    public async Task A_full_queue()
    {
        // snippet: probe
        var workers = new FakeWorkers();
        HeldTool slow = workers.Hold("slow");
        await using var snakepit = await SnakepitRuntime.StartAsync(
            s => s.UseFakeWorkers(workers).AddPool("text", p => { p.Size = 1; p.Queue.Limit = 2; }), Cancel);
        IWorkerPool pool = snakepit.GetPool("text");

        Task[] calls = [.. Enumerable.Range(0, 3).Select(_ => pool.ExecuteAsync("slow", cancellationToken: Cancel).AsTask())];
        await pool.WaitUntilAsync(now => now is { Running: 1, QueueLength: 2 }, Cancel);
        await Assert.ThrowsAsync<PoolSaturatedException>(() => pool.ExecuteAsync("slow", cancellationToken: Cancel).AsTask());
        // end snippet
        foreach (Task call in calls)
        {
            (await slow.NextAsync(Cancel)).Return();
            await call;
        }
    }

    [Fact]
    public async Task Injection()
    {
        var workers = new FakeWorkers().Add("add", r => r.Get<int>("a") + r.Get<int>("b"));
        var services = new ServiceCollection();

        // snippet: injection
        services.AddSnakepit()
            .AddPool("text", p => p.Size = 2)
            .UseFakeWorkers(workers);
        // end snippet
        await using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Equal("text", provider.GetRequiredKeyedService<IWorkerPool>("text").Name);
    }
}
