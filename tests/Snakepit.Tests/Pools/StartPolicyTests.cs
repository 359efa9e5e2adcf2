using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>What StartAsync waits for with several pools.</summary>
[Trait("Rule", "L16")]
public sealed class StartPolicyTests
{
    private readonly FakeWorkers _workers = new();

    [Fact]
    public async Task All_ready_fails_with_the_first_pool_that_cannot_start()
    {
        _workers.Boot = static worker =>
            worker.Id.Pool == "bad" ? throw new FakeToolException("ImportError", "no torch") : Task.CompletedTask;

        AdapterLoadException error = await Assert.ThrowsAsync<AdapterLoadException>(() => StartAsync(StartPolicy.AllReady));

        Assert.Equal("bad", error.Pool);
        Assert.Empty(_workers.Alive); // a failed start leaves no worker behind
    }

    [Fact]
    public async Task Any_ready_returns_with_the_first_pool_that_is_ready()
    {
        _workers.Boot = static worker =>
            worker.Id.Pool == "bad" ? throw new FakeToolException("ImportError", "no torch") : Task.CompletedTask;

        await using SnakepitRuntime runtime = await StartAsync(StartPolicy.AnyReady);

        Assert.Equal(PoolState.Failing, runtime.GetPool("bad").GetSnapshot().State);
        Assert.Equal(PoolState.Ready, runtime.GetPool("good").GetSnapshot().State);
    }

    [Fact]
    public async Task Any_ready_fails_when_every_pool_has_failed()
    {
        _workers.Boot = static worker => throw new FakeToolException("ImportError", "no torch");

        await Assert.ThrowsAsync<AdapterLoadException>(() => StartAsync(StartPolicy.AnyReady));
    }

    [Theory]
    [InlineData("AdapterError", "Exception")]
    [InlineData("ModuleNotFoundError", "ImportError")]
    [InlineData("IndentationError", "SyntaxError")]
    public async Task Checked_fails_with_what_no_waiting_repairs(string type, string parent)
    {
        _workers.Boot = worker => worker.Id.Pool != "bad" ? Task.CompletedTask : throw new FakeToolException(type, "no")
        {
            Bases = [parent, "Exception", "BaseException"],
            Module = type == "AdapterError" ? "snakepit" : "builtins",
        };

        AdapterLoadException error = await Assert.ThrowsAsync<AdapterLoadException>(() => StartAsync(StartPolicy.Checked));

        Assert.Equal(("bad", type), (error.Pool, error.Error!.Type));
        Assert.Empty(_workers.Alive);
    }

    [Theory]
    [InlineData("ConnectionError", "builtins")]
    [InlineData("AdapterError", "warehouse.errors")] // the user's own class, for whatever reason
    public async Task Checked_goes_on_with_a_pool_that_may_come_right(string type, string module)
    {
        _workers.Boot = worker =>
            worker.Id.Pool == "bad" ? throw new FakeToolException(type, "no database") { Module = module } : Task.CompletedTask;

        await using SnakepitRuntime runtime = await StartAsync(StartPolicy.Checked);

        Assert.Equal(PoolState.Failing, runtime.GetPool("bad").GetSnapshot().State);
        Assert.Equal(PoolState.Ready, runtime.GetPool("good").GetSnapshot().State);
    }

    [Fact]
    public async Task Checked_waits_for_the_first_worker_of_each_pool()
    {
        var gate = new TaskCompletionSource();
        _workers.Boot = worker => worker.Id.Pool == "bad" ? gate.Task : Task.CompletedTask;

        Task<SnakepitRuntime> starting = StartAsync(StartPolicy.Checked);
        Assert.False(starting.IsCompleted);
        gate.SetResult();

        await using SnakepitRuntime runtime = await starting;
        Assert.Equal((1, 1), (runtime.GetPool("bad").GetSnapshot().Ready, runtime.GetPool("good").GetSnapshot().Ready));
    }

    [Fact]
    public async Task Background_returns_at_once_and_the_pools_come_up_behind_it()
    {
        var gate = new TaskCompletionSource();
        _workers.Boot = _ => gate.Task;

        await using SnakepitRuntime runtime = await StartAsync(StartPolicy.Background);
        Assert.Equal(0, runtime.GetPool("good").GetSnapshot().Ready);

        gate.SetResult();
        await runtime.GetPool("good").WaitUntilReadyAsync(null, TestContext.Current.CancellationToken);
        await runtime.GetPool("bad").WaitUntilReadyAsync(null, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(StartPolicy.AllReady)]
    [InlineData(StartPolicy.AnyReady)]
    [InlineData(StartPolicy.Checked)]
    public async Task A_start_leaves_no_exception_that_nobody_has_seen(StartPolicy policy)
    {
        string waiting = $"waits-{policy}";
        var unseen = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs args)
        {
            if (args.Exception.InnerException is ObjectDisposedException disposed && disposed.ObjectName == waiting)
            {
                unseen.Enqueue(disposed);
            }
        }
        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            await StartAndStopAsync(policy, waiting);
            for (int i = 0; i < 3; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        Assert.Empty(unseen);
    }

    [Fact]
    public async Task Checked_start_that_is_given_up_leaves_nothing_behind()
    {
        using var source = new CancellationTokenSource();
        var booting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _workers.Boot = _ =>
        {
            booting.TrySetResult();
            return new TaskCompletionSource().Task;
        };

        Task<SnakepitRuntime> starting = StartAsync(StartPolicy.Checked, source);
        await booting.Task;
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
        Assert.Empty(_workers.Alive);
    }

    [Fact]
    public async Task A_start_that_is_given_up_leaves_nothing_behind()
    {
        using var source = new CancellationTokenSource();
        _workers.Boot = _ =>
        {
            source.Cancel();
            return new TaskCompletionSource().Task;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => StartAsync(StartPolicy.AllReady, source));

        Assert.Empty(_workers.Alive);
    }

    [Fact]
    public async Task A_pool_that_cannot_start_workers_says_why_in_the_log()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync();
        var reason = new PythonNotFoundException("No usable Python was found.") { Remedy = "Install one." };

        fixture.Pool.GiveUp(reason, isThrown: false);

        Assert.Same(reason, Assert.Single(fixture.Logs.GetSnapshot(), static log => log.Level == LogLevel.Error).Exception);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public async Task A_pool_that_lacks_something_tells_the_log_each_reason_once_and_callers_always()
    {
        await using PoolFixture fixture = PoolFixture.Create();
        var python = new PythonNotFoundException("No usable Python was found.") { Tried = ["/opt/py: not found"], Remedy = "Install one." };
        var adapter = new AdapterLoadException("Adapter 'a.py' does not exist.") { Pool = "text", Adapter = "a.py" };

        TimeSpan[] pauses = [fixture.Pool.CannotStart(python), fixture.Pool.CannotStart(python)];
        PythonNotFoundException told = await Assert.ThrowsAsync<PythonNotFoundException>(fixture.AddAsync);
        fixture.Pool.CannotStart(adapter);
        await Assert.ThrowsAsync<AdapterLoadException>(fixture.AddAsync);

        Assert.Equal([TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400)], pauses);
        Assert.Equal((python.Message, python.Tried, python.Remedy, true), (told.Message, told.Tried, told.Remedy, told.IsTransient));
        Assert.NotSame(python, told);
        Assert.Equal(
            [python, adapter],
            fixture.Logs.GetSnapshot().Where(static log => log.Level == LogLevel.Error).Select(static log => log.Exception!));
        Assert.Equal((PoolState.Failing, adapter), (fixture.Now.State, fixture.Now.LastStartFailure));
        Assert.Equal(
            [("start failed: no usable Python", 2), ("start failed: no adapter", 1)],
            fixture.Now.Restarts.Select(static row => (row.Cause, row.Failures)));
    }

    /// <summary>One pool decides the start, while the other still waits for its worker.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task StartAndStopAsync(StartPolicy policy, string waiting)
    {
        _workers.Boot = worker => worker.Id.Pool == waiting ? new TaskCompletionSource().Task
            : policy == StartPolicy.AnyReady ? Task.CompletedTask
            : throw new FakeToolException("ImportError", "no torch") { Bases = ["Exception"] };
        try
        {
            SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
                s =>
                {
                    s.TimeProvider = new FakeTimeProvider();
                    s.Options.StartPolicy = policy;
                    s.UseFakeWorkers(_workers).AddPool(waiting, static p => p.Size = 1).AddPool("decides", static p => p.Size = 1);
                },
                TestContext.Current.CancellationToken);
            await runtime.DisposeAsync();
        }
        catch (AdapterLoadException)
        {
            // The start has failed, and the runtime is disposed.
        }
    }

    private Task<SnakepitRuntime> StartAsync(StartPolicy policy, CancellationTokenSource? caller = null) => SnakepitRuntime.StartAsync(
        s =>
        {
            s.TimeProvider = new FakeTimeProvider();
            s.Options.StartPolicy = policy;
            s.UseFakeWorkers(_workers).AddPool("good", static p => p.Size = 1).AddPool("bad", static p => p.Size = 1);
        },
        caller?.Token ?? CancellationToken.None);
}
