using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Examinations of sound and of sick environments. The base class checks that no process is left of them.</summary>
[Trait(TransportMode.Trait, TransportMode.Native)]
public sealed class DoctorTests : IntegrationTest
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact(Timeout = Bound)]
    public async Task Sound_pool_is_told_with_its_interpreter_packages_and_tools()
    {
        Rig rig = Own(Rig.Create("tools.py"));

        DoctorReport report = await rig.Runtime.ExamineAsync(cancellationToken: Cancellation);

        PoolExamination pool = Assert.Single(report.Pools);
        Assert.DoesNotContain(report.Checks, static check => check.Status == DoctorStatus.Failed);
        Assert.All(report.Checks, static check => Assert.NotEmpty(check.Found));
        Assert.Equal(
            ["interpreter", "parallelism", "packages", "modules", "adapter", "thread-safety"],
            pool.Checks.Select(static check => check.Name));
        Assert.Contains(pool.Tools, static tool => tool.ToString() == "add(a, b)");
        Assert.Equal(pool.Python!.PackageCount, pool.Python.Packages.Count);
        Assert.Contains("interpreter: CPython", report.ToString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Runtime_that_runs_is_examined_beside_its_workers()
    {
        Rig rig = await StartAsync("tools.py");

        DoctorReport report = await rig.Runtime.ExamineAsync(cancellationToken: Cancellation);

        Assert.DoesNotContain(report.Checks, static check => check.Status == DoctorStatus.Failed);
        Assert.Equal(rig.Pool.Tools.Select(static tool => tool.Name), report.Pools[0].Tools.Select(static tool => tool.Name));
        PythonDescription python = rig.Pool.GetSnapshot().Python!;
        Assert.Equal(python.Packages, report.Pools[0].Python!.Packages);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    public async Task Plain_options_suffice()
    {
        DoctorReport report = await SnakepitDoctor.ExaminePoolAsync(
            new PoolOptions { Adapter = Rig.Adapter("tools.py"), Size = 1 }, cancellationToken: Cancellation);

        Assert.Equal("default", Assert.Single(report.Pools).Name);
        Assert.NotEmpty(report.Pools[0].Tools);
    }

    [Fact(Timeout = Bound)]
    public async Task Environment_without_python_fails_and_the_rest_is_skipped()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        Directory.CreateDirectory(folder[".venv/bin"]);

        PoolExamination pool = await ExamineAsync("tools.py", p => p.Python.Environment = folder[".venv"]);

        Assert.Equal(
            $"{folder[".venv"]} (Python.Environment): has no bin/python3 or bin/python",
            Check(pool, "interpreter", DoctorStatus.Failed).Found);
        Assert.Contains("python3 -m venv", Check(pool, "interpreter", DoctorStatus.Failed).Remedy, StringComparison.Ordinal);
        Assert.All(pool.Checks.Skip(1), static check => Assert.Equal(DoctorStatus.Skipped, check.Status));
        Assert.Null(pool.Python);
    }

    [Fact(Timeout = Bound)]
    public async Task Missing_module_is_named_with_what_asks_for_it()
    {
        PoolExamination pool = await ExamineAsync(
            "Broken/missing_dependency.py", p => p.Start.Preload.Add("acme_preloaded"), o => o.RequiredModules.Add("acme_required.part"));

        DoctorCheck modules = Check(pool, "modules", DoctorStatus.Failed);
        Assert.Contains(
            "acme_required.part (asked for by the caller), acme_preloaded (asked for by Start.Preload), "
                + "no_such_dependency (asked for by the adapter)",
            modules.Found,
            StringComparison.Ordinal);
        Assert.Contains("-m pip install acme_required acme_preloaded no_such_dependency", modules.Remedy, StringComparison.Ordinal);
        Assert.Contains(
            "No module named 'no_such_dependency'", Check(pool, "adapter", DoctorStatus.Failed).Found, StringComparison.Ordinal);
    }

    [Theory(Timeout = Bound)]
    [InlineData("Broken/syntax_error.py", "SyntaxError")]
    [InlineData("Broken/raises_at_import.py", "")]
    [InlineData("Broken/no_tools.py", "no")]
    [InlineData("Broken/leaves_at_import.py", "ended the process. It ended with exit code 3. It wrote: last words")]
    [InlineData("Broken/exits_at_import.py", "no licence")]
    [InlineData("Broken/faults_at_import.py", "ended by signal 11")]
    [InlineData("Broken/does_not_exist.py", "does not exist")]
    public async Task Adapter_that_cannot_be_loaded_says_why(string adapter, string found)
    {
        DoctorCheck check = Check(await ExamineAsync(adapter), "adapter", DoctorStatus.Failed);

        Assert.Contains(found, check.Found, StringComparison.Ordinal);
        Assert.NotNull(check.Remedy);
    }

    [Fact(Timeout = Bound)]
    public async Task Adapter_that_hangs_is_given_up()
    {
        DoctorCheck check = Check(
            await ExamineAsync("Broken/hangs_at_import.py", configure: null, o => o.AdapterTimeout = s_second),
            "adapter",
            DoctorStatus.Failed);

        Assert.Equal("It was not loaded within 1 s. It wrote: begun", check.Found);
    }

    [Theory(Timeout = Bound)]
    [InlineData("Broken/prints_at_import.py")]
    [InlineData("Broken/leaves_processes.py")]
    public async Task Adapter_that_misbehaves_and_loads_is_sound(string adapter) =>
        Check(await ExamineAsync(adapter), "adapter", DoctorStatus.Ok);

    [Fact(Timeout = Bound)]
    public async Task Adapter_is_not_loaded_on_demand()
    {
        PoolExamination pool = await ExamineAsync("Broken/leaves_at_import.py", configure: null, o => o.LoadsAdapters = false);

        Check(pool, "modules", DoctorStatus.Ok);
        Check(pool, "adapter", DoctorStatus.Skipped);
    }

    [Fact(Timeout = Bound)]
    public async Task Pool_with_threads_is_told_what_is_known_of_its_libraries()
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        string adapter = folder.Write("shelf.py", "import sqlite3\nthread_safe = True\ndef tool(): pass\n");

        PoolExamination pool = await ExamineAsync(adapter, static p => p.Profile = WorkerProfile.Thread);
        PoolExamination unsafely = await ExamineAsync("unsafe.py", static p => p.Profile = WorkerProfile.Thread);

        Check(pool, "thread-safety", DoctorStatus.Warning);
        Assert.Equal("sqlite3", Assert.Single(pool.Hazards).Library);
        Assert.Contains("thread_safe = True", Check(unsafely, "adapter", DoctorStatus.Failed).Found, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Cancelled_examination_ends_at_once()
    {
        using var source = new CancellationTokenSource();
        Rig rig = Own(Rig.Create("Broken/hangs_at_import.py"));
        Task<DoctorReport> running = rig.Runtime.ExamineAsync(cancellationToken: source.Token);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact(Timeout = Bound)]
    public async Task Too_few_descriptors_fail_the_check_of_open_files()
    {
        HostProcess host = Own(HostProcess.Start(HostScenarios.Doctor, shell: "ulimit -n 256;"));

        (string output, int exitCode) = await host.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.Contains("Failed: open-files: 11", output, StringComparison.Ordinal);
        Assert.Contains("may have 256", output, StringComparison.Ordinal);
        Assert.Contains("Ok: default: adapter: It offers", output, StringComparison.Ordinal);
    }

    private static DoctorCheck Check(PoolExamination pool, string name, DoctorStatus status)
    {
        DoctorCheck check = Assert.Single(pool.Checks, check => check.Name == name);
        Assert.True(check.Status == status, check.ToString());
        return check;
    }

    private async Task<PoolExamination> ExamineAsync(
        string adapter, Action<PoolOptions>? configure = null, Action<DoctorOptions>? examine = null)
    {
        Rig rig = Own(Rig.Create(adapter, configure));
        var options = new DoctorOptions();
        examine?.Invoke(options);
        return Assert.Single((await rig.Runtime.ExamineAsync(options, Cancellation)).Pools);
    }
}
