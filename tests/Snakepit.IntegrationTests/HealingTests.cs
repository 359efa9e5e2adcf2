using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests a pool that is started before the things its workers need are there.</summary>
public sealed class HealingTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L15")]
    public async Task Adapter_file_that_appears_is_found_and_served()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        string file = folder["late.py"];
        Rig rig = await StartInBackgroundAsync(pool => pool.Adapter = file);
        await rig.NextAsync<PoolStateChangedEvent>(static change => change.To == PoolState.Failing);

        AdapterLoadException told = await Assert.ThrowsAsync<AdapterLoadException>(() => rig.CallAsync<object?>("tool"));
        PoolSnapshot lacking = rig.Pool.GetSnapshot();
        RestartSnapshot row = Assert.Single(lacking.Restarts);
        Assert.Contains($"'{file}' of pool '{Rig.OnlyPool}' does not exist", told.Message, StringComparison.Ordinal);
        Assert.Equal((told.Message, "start failed: no adapter"), (lacking.LastStartFailure!.Message, row.Cause));
        await rig.UntilAsync(static pool => pool.Restarts is [{ Failures: > 3 }]);

        folder.Write("late.py", "def tool():\n    return 'here now'\n");
        await rig.NextAsync<PoolStateChangedEvent>(static change => change.To == PoolState.Ready);

        Assert.Equal("here now", await rig.CallAsync<string>("tool"));
        Assert.Null(rig.Pool.GetSnapshot().LastStartFailure);
        Assert.Empty(rig.Pool.GetSnapshot().Restarts);
        await rig.Runtime.Logged;
        Assert.Single(rig.Log.All, static entry => entry.Id.Id == EventIds.PoolLacksSomething);
        Assert.Single(rig.Log.All, static entry => entry.Id.Id == EventIds.InterpreterChosen); // although the pool looked repeatedly
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L15")]
    public async Task Interpreter_that_appears_is_found_and_used()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        string python = folder["python"];
        Rig rig = await StartInBackgroundAsync(pool =>
        {
            pool.Adapter = Rig.Adapter("tools.py");
            pool.Python.Executable = python;
        });
        await rig.NextAsync<PoolStateChangedEvent>(static change => change.To == PoolState.Failing);

        PythonNotFoundException told = await Assert.ThrowsAsync<PythonNotFoundException>(() => rig.CallAsync<object?>("tool"));
        Assert.Contains(python, Assert.Single(told.Tried), StringComparison.Ordinal);
        Assert.Equal("start failed: no usable Python", Assert.Single(rig.Pool.GetSnapshot().Restarts).Cause);

        File.CreateSymbolicLink(python, RealPython());
        await rig.NextAsync<PoolStateChangedEvent>(static change => change.To == PoolState.Ready);

        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L15")]
    public async Task Second_thing_that_is_missing_is_told_in_its_turn()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        Rig rig = await StartInBackgroundAsync(pool =>
        {
            pool.Adapter = folder["late.py"];
            pool.Python.Executable = folder["python"];
        });
        await rig.Log.FirstAsync(static entry => entry.Exception is PythonNotFoundException);

        File.CreateSymbolicLink(folder["python"], RealPython());
        await rig.Log.FirstAsync(static entry => entry.Exception is AdapterLoadException);

        await Assert.ThrowsAsync<AdapterLoadException>(() => rig.CallAsync<object?>("tool"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L16")]
    public async Task AnyReady_pool_that_lacks_its_adapter_comes_up_beside_the_other()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        Rig rig = Own(Rig.Create((builder, mark) =>
        {
            builder.Options.StartPolicy = StartPolicy.AnyReady;
            builder.AddPool("there", pool => Configure(pool, mark, static pool => pool.Adapter = Rig.Adapter("tools.py")));
            builder.AddPool("late", pool => Configure(pool, mark, pool => pool.Adapter = folder["late.py"]));
        }));

        await rig.StartAsync();
        folder.Write("late.py", "def tool():\n    return 'here now'\n");
        await rig.NextAsync<PoolStateChangedEvent>(static change => change is { Pool: "late", To: PoolState.Ready });

        Assert.Equal("here now", await rig.Runtime.GetPool("late").ExecuteAsync<string>("tool", default, null, Cancellation));
    }

    [Theory(Timeout = Bound)]
    [InlineData(StartPolicy.AllReady)]
    [InlineData(StartPolicy.AnyReady)]
    [Trait("Rule", "L16")]
    public async Task StartAsync_that_waits_fails_with_what_is_missing(StartPolicy policy)
    {
        Rig rig = Own(Rig.Create((builder, mark) =>
        {
            builder.Options.StartPolicy = policy;
            builder.AddPool(Rig.OnlyPool, pool => Configure(pool, mark, static pool => pool.Adapter = "absent.py"));
        }));

        AdapterLoadException told = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Contains("does not exist", told.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task StopAsync_while_something_is_missing_waits_for_nothing()
    {
        Rig rig = await StartInBackgroundAsync(static pool =>
        {
            pool.Adapter = "absent.py";
            pool.Restart.InitialBackoff = pool.Restart.MaxBackoff = TimeSpan.FromDays(40); // no second look within the test's limit
        });
        await rig.NextAsync<PoolStateChangedEvent>(static change => change.To == PoolState.Failing);

        await rig.Runtime.DisposeAsync();

        Assert.Equal(PoolState.Stopped, rig.Pool.GetSnapshot().State);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => rig.CallAsync<object?>("tool"));
    }

    private async Task<Rig> StartInBackgroundAsync(Action<PoolOptions> configure)
    {
        Rig rig = Own(Rig.Create((builder, mark) =>
        {
            builder.Options.StartPolicy = StartPolicy.Background;
            builder.AddPool(Rig.OnlyPool, pool => Configure(pool, mark, configure));
        }));
        await rig.StartAsync();
        return rig;
    }

    private static string RealPython() => Environment.GetEnvironmentVariable("PATH")!
        .Split(':')
        .Select(static folder => Path.Combine(folder, "python3"))
        .First(File.Exists);

    private static void Configure(PoolOptions pool, Action<PoolOptions> mark, Action<PoolOptions> configure)
    {
        mark(pool);
        pool.Size = 1;
        pool.Restart.InitialBackoff = TimeSpan.FromMilliseconds(5);
        pool.Restart.MaxBackoff = TimeSpan.FromMilliseconds(20);
        configure(pool);
    }
}
