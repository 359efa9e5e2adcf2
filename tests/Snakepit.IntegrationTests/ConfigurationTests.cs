using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests invalid settings. They are refused before anything starts, each with its name and remedy.</summary>
public sealed class ConfigurationTests : IntegrationTest
{
    public static TheoryData<string, Action<PoolOptions>> Bad => new()
    {
        { "Size", static p => p.Size = 0 },
        { "Size", static p => p.Size = -1 },
        { "Size", static p => p.Size = 100_000 },
        { "MinReady", static p => p.MinReady = 2 },
        { "Adapter", static p => p.Adapter = " " },
        { "Start.MaxConcurrent", static p => p.Start.MaxConcurrent = 0 },
        { "Queue.Limit", static p => p.Queue.Limit = -1 },
        { "Queue.Timeout", static p => p.Queue.Timeout = TimeSpan.FromSeconds(-2) },
        { "Call.Timeout", static p => p.Call.Timeout = TimeSpan.Zero },
        { "Call.CancelGrace", static p => p.Call.CancelGrace = TimeSpan.MaxValue },
        { "Call.MaxMessage", static p => p.Call.MaxMessage = MemorySize.FromBytes(0) },
        { "Call.MaxMessage", static p => p.Call.MaxMessage = MemorySize.FromGiB(4) },
        { "Boot.Timeout", static p => p.Boot.Timeout = TimeSpan.Zero },
        { "Recycle.MaxRequests", static p => p.Recycle.MaxRequests = 0 },
        { "Recycle.DrainTimeout", static p => p.Recycle.DrainTimeout = TimeSpan.FromTicks(-5) },
        { "Recycle.MaxConcurrent", static p => p.Recycle.MaxConcurrent = 0 },
        { "Restart.InitialBackoff", static p => p.Restart.InitialBackoff = TimeSpan.FromDays(1) },
        { "Restart.Jitter", static p => p.Restart.Jitter = double.NaN },
        { "Stop.KillTimeout", static p => p.Stop.KillTimeout = TimeSpan.FromDays(1) },
        { "Values.ReprMaxLength", static p => p.Values.ReprMaxLength = 100_000 },
        { "Values.Codec", static p => p.Values.Codec = (ValueCodec)17 },
        { "Values.Unserializable", static p => p.Values.Unserializable = (UnserializableDetail)17 },
        { "Python.Variables", static p => p.Python.Variables["A=B"] = "c" },
        { "Python.Variables", static p => p.Python.Variables["A"] = "null\0inside" },
        { "Python.PythonPath", static p => p.Python.PythonPath.Add("") },
        { "Python.Version", static p => p.Python.Version = "three" },
        { "Python.Project", static p => (p.Python.Project, p.Python.Environment) = (".", ".venv") },
    };

    [Theory(Timeout = Bound)]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public Task StartAsync_bad_setting_is_refused_by_its_name(string setting, Action<PoolOptions> spoil)
    {
        SnakepitConfigurationException thrown = Assert.Throws<SnakepitConfigurationException>(() => Rig.Create("tools.py", spoil));

        Assert.Contains(
            thrown.Problems,
            problem => problem.Contains(setting, StringComparison.Ordinal)
                && problem.Contains($"'{Rig.OnlyPool}'", StringComparison.Ordinal));
        return Task.CompletedTask;
    }

    [Fact(Timeout = Bound)]
    public async Task StartAsync_lists_every_problem_at_once()
    {
        SnakepitConfigurationException thrown = await Assert.ThrowsAsync<SnakepitConfigurationException>(() => SnakepitRuntime.StartAsync(
            static s => s.AddPool("one", static p => p.Size = 0).AddPool("two", static p => p.Queue.Limit = -1), Cancellation));

        Assert.InRange(thrown.Problems.Count, 4, int.MaxValue); // both pools lack an adapter too
        Assert.Contains(thrown.Problems, static problem => problem.Contains("'one'", StringComparison.Ordinal));
        Assert.Contains(thrown.Problems, static problem => problem.Contains("'two'", StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    public async Task StartAsync_duplicate_or_missing_pool_is_refused()
    {
        await Assert.ThrowsAsync<SnakepitConfigurationException>(() => SnakepitRuntime.StartAsync(
            static s => s.AddPool("same", static p => p.Adapter = "a.py").AddPool("SAME", static p => p.Adapter = "b.py"), Cancellation));
        await Assert.ThrowsAsync<SnakepitConfigurationException>(() => SnakepitRuntime.StartAsync(static _ => { }, Cancellation));
    }

    [Fact(Timeout = Bound)]
    public async Task GetPool_unknown_name_suggests_the_near_one()
    {
        Rig rig = Own(Rig.Create((builder, mark) => builder
            .AddPool("text", pool => Configure(pool, mark))
            .AddPool("image", pool => Configure(pool, mark))));
        await rig.StartAsync();

        SnakepitConfigurationException thrown = Assert.Throws<SnakepitConfigurationException>(() => rig.Runtime.GetPool("txet"));
        SnakepitConfigurationException ambiguous = await Assert.ThrowsAsync<SnakepitConfigurationException>(
            async () => await rig.Runtime.ExecuteAsync("pid", default, null, Cancellation));

        Assert.Contains("Did you mean 'text'?", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("GetPool(name)", ambiguous.Message, StringComparison.Ordinal);
        Assert.Equal(42, await rig.Runtime.GetPool("IMAGE").ExecuteAsync<int>("add", new { a = 40, b = 2 }, null, Cancellation));
    }

    [Theory(Timeout = Bound)]
    [InlineData("/no/such/python3", "/no/such/python3")]
    [InlineData("no-such-command", "not found on PATH")]
    [InlineData("/dev/null", "/dev/null")]
    [InlineData("/bin/false", "/bin/false")]
    public async Task StartAsync_named_interpreter_that_cannot_be_used_is_refused(string executable, string told)
    {
        Rig rig = Own(Rig.Create("tools.py", p => p.Python.Executable = executable));

        PythonNotFoundException thrown = await Assert.ThrowsAsync<PythonNotFoundException>(rig.StartAsync);

        Assert.Contains(told, thrown.Message, StringComparison.Ordinal);
        Assert.Contains("Python.Executable", thrown.Message, StringComparison.Ordinal);
        PythonNotFoundException again = await Assert.ThrowsAsync<PythonNotFoundException>(() => rig.CallAsync<object?>("pid"));
        Assert.Equal(thrown.Message, again.Message);
    }

    private static void Configure(PoolOptions pool, Action<PoolOptions> mark)
    {
        mark(pool);
        pool.Adapter = Rig.Adapter("tools.py");
        pool.Size = 1;
    }
}
