using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Testing;

namespace Snakepit.Tests.Testing;

/// <summary>The fakes as a user's tests use them.</summary>
public sealed class FakeWorkersTests
{
    private readonly FakeWorkers _workers = new();

    [Fact]
    public async Task Tools_of_every_shape_answer()
    {
        bool ran = false;
        _workers
            .Add("sync", static request => request.Get<int>("a") + 1)
            .Add("async", static async request => { await Task.Yield(); return request.Get<string>(0) + "!"; })
            .Add("action", _ => ran = true)
            .Add("task", static async _ => await Task.Yield());
        await using SnakepitRuntime snakepit = await StartAsync();

        Assert.Equal(2, await snakepit.ExecuteAsync<int>("sync", ToolArguments.Named(("a", 1)), cancellationToken: Cancel));
        Assert.Equal("x!", await snakepit.ExecuteAsync<string>("async", ToolArguments.Positional("x"), cancellationToken: Cancel));
        await snakepit.ExecuteAsync("action", cancellationToken: Cancel);
        Assert.Null(await snakepit.ExecuteAsync<object?>("task", cancellationToken: Cancel));
        Assert.True(ran);
    }

    [Fact]
    public async Task Arguments_arrive_as_they_were_sent()
    {
        _workers.Add(
            "look",
            static request => $"{request.ArgumentCount} {request.Has("text")} {request.Has("other")} {request.Get<string>("text")} "
                + $"{request.Get<decimal>(1)} {request.Get<List<int>>("list").Count}");
        await using SnakepitRuntime snakepit = await StartAsync();

        string seen = await snakepit.ExecuteAsync<string>(
            "look", ToolArguments.Named(("text", "ü\"]}"), ("price", 1.10m), ("list", new[] { 1, 2 })), cancellationToken: Cancel);

        Assert.Equal("3 True False ü\"]} 1.10 2", seen);
    }

    [Fact]
    public async Task A_missing_argument_is_the_type_error_of_python()
    {
        _workers.Add("named", static request => request.Get<int>("b")).Add("positional", static request => request.Get<int>(2));
        await using SnakepitRuntime snakepit = await StartAsync();

        ToolException named = await Assert.ThrowsAsync<ToolException>(
            () => snakepit.ExecuteAsync("named", ToolArguments.Named(("a", 1)), cancellationToken: Cancel).AsTask());
        ToolException positional = await Assert.ThrowsAsync<ToolException>(
            () => snakepit.ExecuteAsync("positional", ToolArguments.Positional(1), cancellationToken: Cancel).AsTask());

        Assert.Equal(("TypeError", "named() missing 1 required argument: 'b'"), (named.Error.Type, named.Error.Message));
        Assert.Equal(("TypeError", "positional() missing argument 2 of 1"), (positional.Error.Type, positional.Error.Message));
    }

    [Fact]
    public async Task A_mistake_in_a_fake_tool_comes_out_under_its_own_name()
    {
        _workers.Add("bad", static (ToolRequest _) => throw new InvalidOperationException("the test is wrong"));
        await using SnakepitRuntime snakepit = await StartAsync();

        ToolException error = await Assert.ThrowsAsync<ToolException>(
            () => snakepit.ExecuteAsync("bad", cancellationToken: Cancel).AsTask());

        Assert.Equal(("InvalidOperationException", "the test is wrong"), (error.Error.Type, error.Error.Message));
        Assert.Contains(nameof(A_mistake_in_a_fake_tool_comes_out_under_its_own_name), error.Error.Traceback, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_result_that_cannot_be_sent_fails_the_call()
    {
        _workers.Add("bad", static _ => new IntPtr(1));
        await using SnakepitRuntime snakepit = await StartAsync();

        await Assert.ThrowsAsync<ToolException>(() => snakepit.ExecuteAsync("bad", cancellationToken: Cancel).AsTask());
    }

    [Fact]
    public async Task A_held_call_is_seen_and_answered_by_the_test()
    {
        HeldTool held = _workers.Hold("train");
        await using SnakepitRuntime snakepit = await StartAsync();
        ValueTask<HeldCall> waiting = held.NextAsync(Cancel);
        Task<string> call = snakepit.ExecuteAsync<string>("train", ToolArguments.Named(("epochs", 3)), cancellationToken: Cancel).AsTask();

        HeldCall running = await waiting;
        Assert.Equal(("train", 3, 1), (running.Request.Tool, running.Request.Get<int>("epochs"), running.Request.Attempt));
        Assert.Same(running.Request, Assert.Single(running.Request.Worker.Running));
        running.Return("done");

        Assert.Equal("done", await call);
        Assert.Empty(running.Request.Worker.Running);
    }

    [Fact]
    public async Task A_worker_can_crash_in_the_middle_of_its_tool()
    {
        _workers.Add("die", static request => request.Worker.Crash(signal: 6));
        await using SnakepitRuntime snakepit = await StartAsync();

        WorkerLostException error = await Assert.ThrowsAsync<WorkerLostException>(
            () => snakepit.ExecuteAsync("die", cancellationToken: Cancel).AsTask());

        Assert.Equal("killed by SIGABRT", error.Report!.Description);
    }

    [Fact]
    public async Task A_tool_learns_that_nobody_waits_for_it()
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _workers.Add("wait", async request =>
        {
            request.CancellationToken.Register(told.SetResult);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, request.CancellationToken);
        });
        await using SnakepitRuntime snakepit = await StartAsync();
        using var source = new CancellationTokenSource();
        Task call = snakepit.ExecuteAsync("wait", cancellationToken: source.Token).AsTask();

        source.Cancel();

        await Assert.ThrowsAsync<OperationCanceledException>(() => call);
        await told.Task;
    }

    [Fact]
    public async Task Get_of_a_slot_without_a_worker_says_which_there_are()
    {
        await using SnakepitRuntime snakepit = await StartAsync();

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => _workers.Get("text", 5));

        Assert.Equal("Slot 5 of pool 'text' has no worker. Alive: text/0#1.", error.Message);
    }

    [Fact]
    public async Task Wait_until_completes_with_the_step_that_meets_the_condition()
    {
        HeldTool slow = _workers.Hold("slow");
        await using SnakepitRuntime snakepit = await StartAsync();
        IWorkerPool pool = snakepit.GetPool("text");
        Task<PoolSnapshot> waiting = pool.WaitUntilAsync(static now => now is { Running: 1, QueueLength: 2 }, Cancel);

        Task[] calls = [.. Enumerable.Range(0, 3).Select(_ => pool.ExecuteAsync("slow", cancellationToken: Cancel).AsTask())];

        Assert.Equal(2, (await waiting).QueueLength);
        foreach (Task call in calls)
        {
            (await slow.NextAsync(Cancel)).Return();
            await call;
        }
    }

    [Fact]
    public async Task Wait_until_passes_on_what_the_condition_throws()
    {
        await using SnakepitRuntime snakepit = await StartAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => snakepit.GetPool("text").WaitUntilAsync(static _ => throw new InvalidOperationException(), Cancel));

        Assert.Equal(PoolState.Ready, snakepit.GetPool("text").GetSnapshot().State);
    }

    [Fact]
    public async Task Fakes_serve_an_application_that_gets_its_pools_injected()
    {
        _workers.Add("add", static request => request.Get<int>("a") + request.Get<int>("b"));
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSnakepit(static options => options.StartPolicy = StartPolicy.AllReady)
            .AddPool("text", static p => p.Size = 2)
            .UseFakeWorkers(_workers);
        using IHost host = builder.Build();
        await host.StartAsync(Cancel);

        int sum = await host.Services.GetRequiredKeyedService<IWorkerPool>("text")
            .ExecuteAsync<int>("add", ToolArguments.Named(("a", 40), ("b", 2)), cancellationToken: Cancel);

        Assert.Equal(42, sum);
        await host.StopAsync(Cancel);
        Assert.Empty(_workers.Alive);
    }

    [Fact]
    public void Fakes_without_snakepit_say_what_is_missing() =>
        Assert.Throws<InvalidOperationException>(() => new Bare(new ServiceCollection()).UseFakeWorkers(_workers));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<SnakepitRuntime> StartAsync() => SnakepitRuntime.StartAsync(
        s =>
        {
            s.TimeProvider = new FakeTimeProvider();
            s.UseFakeWorkers(_workers).AddPool("text", static p => p.Size = 1);
        },
        Cancel);

    private sealed record Bare(IServiceCollection Services) : ISnakepitBuilder;
}
