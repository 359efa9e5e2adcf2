using Snakepit.Testing;

namespace Snakepit.Tests.Pools;

/// <summary>Workers that cannot start: the errors of callers, the number of attempts, and the recovery of the pool.</summary>
[Trait("Rule", "L15")]
public sealed class BootFailureTests
{
    private static readonly FakeToolException s_noTorch = new("ModuleNotFoundError", "No module named 'torch'");

    [Fact]
    public async Task Callers_get_the_python_exception_at_once()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static _ => throw s_noTorch);

        AdapterLoadException error = await Assert.ThrowsAsync<AdapterLoadException>(fixture.AddAsync);

        Assert.StartsWith(
            "Worker text/0#1 of pool 'text' could not start: adapter 'adapter.py' cannot be loaded: "
                + "ModuleNotFoundError: No module named 'torch'. "
            + "Correct Adapter or Python.PythonPath, or install the module for the interpreter of the pool\n"
            + "Traceback (most recent call last):", error.Message, StringComparison.Ordinal);
        Assert.Equal(("text", "adapter.py"), (error.Pool, error.Adapter));
        Assert.True(error.Error!.Is("ModuleNotFoundError"));
        Assert.Equal(PoolState.Failing, fixture.Now.State);
        Assert.Equal(error.Message, fixture.Now.LastStartFailure!.Message);
    }

    [Fact]
    public async Task Every_caller_gets_an_exception_of_its_own()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static _ => throw s_noTorch);

        AdapterLoadException first = await Assert.ThrowsAsync<AdapterLoadException>(fixture.AddAsync);
        AdapterLoadException second = await Assert.ThrowsAsync<AdapterLoadException>(fixture.AddAsync);

        Assert.NotSame(first, second);
        Assert.Equal(first.Message, second.Message);
    }

    [Fact]
    public async Task Calls_that_waited_for_the_first_worker_get_the_reason()
    {
        var gate = new TaskCompletionSource();
        await using PoolFixture fixture = await PoolFixture.StartAsync(_ => gate.Task);
        Task<int> call = fixture.AddAsync();

        gate.SetException(s_noTorch);

        await Assert.ThrowsAsync<AdapterLoadException>(() => call);
    }

    [Fact]
    public async Task A_death_while_loading_is_told_with_its_report_and_last_output()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(static worker =>
        {
            worker.WriteLine("Illegal instruction in libtorch");
            worker.Crash(signal: 4);
            return Task.CompletedTask;
        });

        AdapterLoadException error = await Assert.ThrowsAsync<AdapterLoadException>(fixture.AddAsync);

        Assert.Equal(
            "Worker text/0#1 of pool 'text' could not start: its process ended before it was ready (killed by SIGILL) while "
                + "loading adapter 'adapter.py'."
            + "\nIts last output:\n  Illegal instruction in libtorch",
            error.Message);
        Assert.Equal(4, error.Report!.Signal);
        Assert.Null(error.Error);
    }

    [Fact]
    [Trait("Rule", "L12")]
    public async Task A_worker_that_is_not_ready_in_time_is_killed_and_the_setting_named()
    {
        await using PoolFixture fixture = await PoolFixture.StartAsync(
            static _ => new TaskCompletionSource().Task, p => p.Boot.Timeout = TimeSpan.FromSeconds(10));
        FakeWorker worker = fixture.Workers.Get("text", 0);

        fixture.Time.Advance(TimeSpan.FromSeconds(10) + PoolFixture.Tick);

        Assert.True(worker.Exited.IsCompleted);
        AdapterLoadException error = await Assert.ThrowsAsync<AdapterLoadException>(fixture.AddAsync);
        Assert.StartsWith(
            "Worker text/0#1 of pool 'text' could not start: not ready within Boot.Timeout (10 s); it was killed. Raise Boot.Timeout, "
            + "or look for what adapter 'adapter.py' waits for at import or in setup().", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Starts_are_tried_again_after_pauses_that_grow_fourfold_up_to_the_longest()
    {
        var attempts = new List<DateTimeOffset>();
        PoolFixture? fixture = null;
        await using PoolFixture started = fixture = await PoolFixture.StartAsync(
            _ =>
            {
                attempts.Add(fixture?.Time.GetUtcNow() ?? default);
                throw s_noTorch;
            },
            p =>
            {
                p.Restart.InitialBackoff = TimeSpan.FromSeconds(1);
                p.Restart.MaxBackoff = TimeSpan.FromSeconds(5);
            });
        attempts[0] = fixture.Time.GetUtcNow();

        for (int i = 0; i < 40; i++)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(0.5));
        }

        Assert.Equal([1, 4, 5, 5, 5], attempts.Zip(attempts.Skip(1), static (a, b) => (b - a).TotalSeconds));
    }

    [Fact]
    public async Task A_pool_heals_by_itself_once_its_adapter_is_mended()
    {
        bool broken = true;
        await using PoolFixture fixture = await PoolFixture.StartAsync(_ => broken ? throw s_noTorch : Task.CompletedTask, p => p.Size = 3);
        await Assert.ThrowsAsync<AdapterLoadException>(fixture.AddAsync);

        broken = false;
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((PoolState.Ready, 3), (fixture.Now.State, fixture.Now.Ready));
        Assert.Null(fixture.Now.LastStartFailure);
        Assert.Equal(42, await fixture.AddAsync());
    }

    [Fact]
    public async Task A_worker_that_cannot_be_replaced_does_not_stop_the_others()
    {
        bool broken = false;
        await using PoolFixture fixture = await PoolFixture.StartAsync(_ => broken ? throw s_noTorch : Task.CompletedTask, p => p.Size = 2);
        await fixture.ReadyAsync(2);
        broken = true;

        fixture.Workers.Get("text", 0).Crash();
        fixture.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal((PoolState.Ready, 1), (fixture.Now.State, fixture.Now.Ready));
        Assert.NotNull(fixture.Now.LastStartFailure);
        Assert.Equal(42, await fixture.AddAsync());
    }
}
