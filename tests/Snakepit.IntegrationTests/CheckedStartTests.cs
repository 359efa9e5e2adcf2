using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests a start with the policy of AddSnakepit. A problem that waiting cannot fix fails the start.</summary>
[Trait("Rule", "L16")]
public sealed class CheckedStartTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData("absent.py", "Adapter 'absent.py' of pool 'only' does not exist")]
    [InlineData("no_such_package.module", "No module named 'no_such_package'. Correct Adapter or Python.PythonPath")]
    [InlineData("Broken/no_such_class.py:Absent", "has no class 'Absent'; it has: Present")]
    [InlineData("Broken/no_tools.py", "has no tools")]
    [InlineData("Broken/missing_dependency.py", "no_such_dependency")]
    [InlineData("Broken/syntax_error.py", "cannot be loaded")]
    public async Task Adapter_that_cannot_come_right_by_itself_fails_the_start(string adapter, string text)
    {
        Rig rig = Create(pool => pool.Adapter = adapter.StartsWith("Broken", StringComparison.Ordinal) ? Rig.Adapter(adapter) : adapter);

        AdapterLoadException told = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Contains(text.Replace("'only'", $"'{Rig.OnlyPool}'", StringComparison.Ordinal), told.Message, StringComparison.Ordinal);
        Assert.Contains($"pool '{Rig.OnlyPool}'", told.Message, StringComparison.Ordinal);
        Assert.Equal(Rig.OnlyPool, told.Pool);
    }

    [Fact(Timeout = Bound)]
    public async Task Interpreter_or_environment_that_is_missing_fails_the_start_and_names_pool_setting_and_value()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        foreach ((string setting, Action<PoolOptions> set) in new (string, Action<PoolOptions>)[]
        {
            ("Python.Executable", pool => pool.Python.Executable = folder["python"]),
            ("Python.Environment", pool => pool.Python.Environment = folder["venv"]),
        })
        {
            Rig rig = Create(pool =>
            {
                pool.Adapter = Rig.Adapter("tools.py");
                set(pool);
            });

            PythonNotFoundException told = await Assert.ThrowsAsync<PythonNotFoundException>(rig.StartAsync);

            Assert.Contains($"was found for pool '{Rig.OnlyPool}'", told.Message, StringComparison.Ordinal);
            Assert.Contains(folder.Path, told.Message, StringComparison.Ordinal);
            Assert.Contains($"Correct the setting {setting}", told.Message, StringComparison.Ordinal);
        }
    }

    [Theory(Timeout = Bound)]
    [InlineData("Broken/raises_at_import.py")]
    [InlineData("Broken/raises_in_setup.py")]
    [InlineData("Broken/leaves_at_import.py")]
    public async Task What_may_come_right_does_not_fail_the_start(string adapter)
    {
        Rig rig = Create(pool => pool.Adapter = Rig.Adapter(adapter));

        await rig.StartAsync();

        Assert.Equal(PoolState.Failing, rig.Pool.GetSnapshot().State);
        await Assert.ThrowsAsync<AdapterLoadException>(() => rig.CallAsync<object?>("tool"));
    }

    [Fact(Timeout = Bound)]
    public async Task Import_that_hangs_holds_the_start_up_for_no_longer_than_the_boot_may_take()
    {
        Rig rig = Create(static pool =>
            (pool.Adapter, pool.Boot.Timeout) = (Rig.Adapter("Broken/hangs_at_import.py"), TimeSpan.FromSeconds(1)));

        await rig.StartAsync();

        PoolSnapshot pool = rig.Pool.GetSnapshot();
        Assert.Equal(PoolState.Failing, pool.State);
        Assert.Contains("not ready within Boot.Timeout (1 s)", pool.LastStartFailure!.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Bound)]
    [InlineData("Broken/no_such_class.py:Absent", true)]
    [InlineData("Broken/no_such_class.py:Absent", false)]
    [InlineData("absent.py", true)]
    [InlineData("absent.py", false)]
    public async Task One_broken_pool_of_two_fails_the_start_wherever_it_stands(string adapter, bool isFirst)
    {
        string broken = adapter.StartsWith("Broken", StringComparison.Ordinal) ? Rig.Adapter(adapter) : adapter;
        Rig rig = Own(Rig.Create((builder, mark) =>
        {
            builder.Options.StartPolicy = StartPolicy.Checked;
            foreach (string name in isFirst ? new[] { "broken", "good" } : ["good", "broken"])
            {
                builder.AddPool(name, pool =>
                {
                    mark(pool);
                    pool.Adapter = name == "good" ? Rig.Adapter("tools.py") : broken;
                });
            }
        }));

        AdapterLoadException told = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Equal("broken", told.Pool);
        await rig.Runtime.DisposeAsync(); // a host does the same
    }

    [Theory(Timeout = Bound)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Start_that_is_given_up_during_the_first_import_leaves_nothing(bool isDisposed)
    {
        Gate gate = NewGate();
        using var source = new CancellationTokenSource();
        Rig rig = Create(pool =>
        {
            pool.Adapter = Rig.Adapter("gated.py");
            pool.Python.Variables["GATE"] = gate.Path;
        });
        Task starting = rig.Runtime.StartAsync(source.Token);
        await rig.NextAsync<WorkerStartedEvent>();

        if (isDisposed)
        {
            await rig.Runtime.DisposeAsync();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => starting);
        }
        else
        {
            await source.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting);
            await rig.Runtime.DisposeAsync();
        }
    }

    [Fact(Timeout = Bound)]
    public async Task Interpreter_that_is_none_fails_the_start_whatever_the_adapter_is()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        Directory.CreateDirectory(folder["venv"]);
        await File.WriteAllTextAsync(folder["python"], "#!/bin/sh\necho no; exit 3\n", Cancellation);
        foreach (string adapter in new[] { "tools.py", "Broken/syntax_error.py", "absent.py" })
        {
            Rig environment = Create(pool => (pool.Adapter, pool.Python.Environment) = (Rig.Adapter(adapter), folder["venv"]));
            Rig script = Create(pool => (pool.Adapter, pool.Python.Executable) = (Rig.Adapter(adapter), folder["python"]));

            Assert.Contains(folder["venv"], (await FailAsync(environment)).Message, StringComparison.Ordinal);
            Assert.Contains("not executable", (await FailAsync(script)).Message, StringComparison.Ordinal);
        }

        static async Task<SnakepitException> FailAsync(Rig rig)
        {
            SnakepitException told = await Assert.ThrowsAnyAsync<SnakepitException>(rig.StartAsync);
            Assert.Contains($"pool '{Rig.OnlyPool}'", told.Message, StringComparison.Ordinal);
            return told;
        }
    }

    [Fact(Timeout = Bound)]
    public async Task Start_returns_with_a_worker_that_serves()
    {
        Rig rig = Create(static pool => pool.Adapter = Rig.Adapter("tools.py"));

        await rig.StartAsync();

        Assert.InRange(rig.Pool.GetSnapshot().Ready, 1, 2);
        await rig.AssertServesAsync();
        await rig.Runtime.Logged;
        Assert.Single(rig.Log.All, static entry => entry.Id.Id == EventIds.InterpreterChosen);
    }

    private Rig Create(Action<PoolOptions> configure) => Own(Rig.Create((builder, mark) =>
    {
        builder.Options.StartPolicy = StartPolicy.Checked;
        builder.AddPool(Rig.OnlyPool, pool =>
        {
            mark(pool);
            pool.Size = 2;
            configure(pool);
        });
    }));
}
