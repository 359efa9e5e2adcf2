using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests adapters that cannot be loaded. The start fails with the reason and leaves nothing behind.</summary>
public sealed class BadAdapterTests : IntegrationTest
{
    [Theory(Timeout = Bound)]
    [InlineData("Broken/syntax_error.py", "SyntaxError", "def broken(:")]
    [InlineData("Broken/raises_at_import.py", "ValueError", "at import")]
    [InlineData("Broken/missing_dependency.py", "ModuleNotFoundError", "no_such_dependency")]
    [InlineData("Broken/raises_in_setup.py", "RuntimeError", "setup() of adapter")]
    [InlineData("Broken/raises_in_device.py", "RuntimeError", "device() of adapter")]
    [InlineData("Broken/no_tools.py", "AdapterError", "has no tools")]
    [InlineData("Broken/no_such_class.py:Absent", "AdapterError", "it has: Present")]
    [InlineData("Broken/exits_at_import.py", "SystemExit", "no licence")]
    [Trait("Rule", "L16")]
    public async Task StartAsync_adapter_that_cannot_be_loaded_fails_with_its_python_error(string adapter, string error, string text)
    {
        Rig rig = Own(Rig.Create(adapter));

        AdapterLoadException thrown = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Equal(error, thrown.Error?.Type);
        Assert.Contains(text, thrown.Message, StringComparison.Ordinal);
        Assert.Contains(adapter.Split(':')[0], thrown.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task StartAsync_missing_file_fails_and_names_the_places_looked_at()
    {
        Rig rig = Own(Rig.Create("absent.py"));

        AdapterLoadException thrown = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Contains(Rig.Adapter("absent.py"), thrown.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task StartAsync_module_that_cannot_be_imported_fails_with_its_name()
    {
        Rig rig = Own(Rig.Create("tools.py", static p => p.Adapter = "no_such_package.module"));

        AdapterLoadException thrown = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Equal("ModuleNotFoundError", thrown.Error?.Type);
        Assert.Contains("no_such_package", thrown.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L14")]
    public async Task StartAsync_adapter_that_ends_the_process_fails_with_exit_code_and_last_output()
    {
        Rig rig = Own(Rig.Create("Broken/leaves_at_import.py"));

        AdapterLoadException thrown = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Null(thrown.Error);
        Assert.Equal(3, thrown.Report?.ExitCode);
        Assert.Contains("last words", thrown.Report!.LastOutput);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L12")]
    public async Task StartAsync_setup_that_hangs_is_ended_by_the_boot_timeout()
    {
        Rig rig = Own(Rig.Create("Broken/hangs_in_setup.py", static p => p.Boot.Timeout = TimeSpan.FromMilliseconds(300)));

        AdapterLoadException thrown = await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        Assert.Contains("Boot.Timeout", thrown.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P3")]
    public async Task StartAsync_adapter_that_prints_50_MB_at_import_starts()
    {
        Rig rig = await StartAsync("Broken/prints_at_import.py");

        Assert.Equal(1, await rig.CallAsync<int>("tool"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L15")]
    public async Task ExecuteAsync_while_no_worker_can_start_is_rejected_at_once_and_works_after_the_fix()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        string file = folder.Write("mendable.py", "raise ValueError('broken for now')\n");
        Rig rig = Own(Rig.Create("", p =>
        {
            p.Adapter = file;
            p.Restart.InitialBackoff = TimeSpan.FromMilliseconds(20);
            p.Restart.MaxBackoff = TimeSpan.FromMilliseconds(100);
        }));
        await Assert.ThrowsAsync<AdapterLoadException>(rig.StartAsync);

        AdapterLoadException rejected = await Assert.ThrowsAsync<AdapterLoadException>(() => rig.CallAsync<object?>("tool"));
        Assert.Contains("broken for now", rejected.Error!.Traceback, StringComparison.Ordinal);
        Assert.Equal(PoolState.Failing, rig.Pool.GetSnapshot().State);

        folder.Write("mendable.py", "def tool():\n    return 'mended now'\n");
        await rig.NextAsync<WorkerReadyEvent>();
        Assert.Equal("mended now", await rig.CallAsync<string>("tool"));
        Assert.Null(rig.Pool.GetSnapshot().LastStartFailure);
    }
}
