using Snakepit.IntegrationTests.Fixture;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests pools whose workers are forked from a zygote, and the same pools where no zygote can fork.</summary>
[Trait("Rule", "S2")]
[Trait(TransportMode.Trait, TransportMode.Native)]
public sealed class ZygoteTests : IntegrationTest
{
    private const string Adapter = "Zygote/forked.py";
    private const string SystemPython = "/usr/bin/python3"; // the interpreter that may have numpy

    [Theory(Timeout = Bound)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Workers_have_what_their_zygote_imported_and_the_launcher_as_parent(bool isPreloadNamed)
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        Rig rig = await StartAsync(2, isPreloadNamed ? ["imported_once"] : []);

        Look[] workers = await LookAsync(rig, 2);

        int launcher = Assert.Single(MarkedProcesses.OwnLaunchers().Except(before));
        int zygote = workers[0].ImportedBy;
        Assert.Equal(zygote, workers[1].ImportedBy);
        Assert.Equal(3, new[] { zygote, workers[0].Pid, workers[1].Pid }.Distinct().Count());
        Assert.Equal(Pids(rig), workers.Select(static worker => worker.Pid).Order());
        Assert.All(workers, worker => Assert.Equal((launcher, worker.Pid), (worker.Parent, worker.Session)));
        Assert.Equal(3, MarkedProcesses.ChildrenOf(launcher).Count);
        LogEntry ready = await LoggedAsync(rig, EventIds.ZygoteReady);
        Assert.Contains($"(process {zygote})", ready.Text, StringComparison.Ordinal);
        Assert.Contains("imported_once", ready.Text, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Replacement_of_a_killed_worker_comes_from_the_same_zygote()
    {
        Rig rig = await StartAsync(1, []);
        Look first = await LookAsync(rig);

        using (Pidfd worker = new(first.Pid))
        {
            worker.Kill();
        }
        await rig.NextAsync<WorkerReadyEvent>(static ready => ready.Worker.Generation == 2);
        Look second = await LookAsync(rig);

        Assert.NotEqual(first.Pid, second.Pid);
        Assert.Equal(first.ImportedBy, second.ImportedBy);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L2")]
    [Trait("Rule", "L6")]
    public async Task Forked_workers_with_threads_run_calls_at_once_and_are_replaced_under_load_without_a_failed_call()
    {
        const int Threads = 4;
        Rig rig = await StartAsync(1, [], static p =>
            (p.Adapter, p.Profile, p.ThreadsPerWorker) = (Rig.Adapter("Zygote/threads.py"), WorkerProfile.Thread, Threads));

        int[][] met = await MeetAsync(rig, "first", Threads);
        using var stopCalling = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<int>[] calling = [.. Enumerable.Range(0, 2 * Threads).Select(_ => CallOnAsync(rig, stopCalling.Token))];
        for (int round = 0; round < 3; round++)
        {
            Assert.True((await rig.Pool.RecycleAsync(null, Cancellation)).AllReplaced);
        }
        await stopCalling.CancelAsync();

        Assert.All(await Task.WhenAll(calling), static calls => Assert.NotEqual(0, calls));
        int[][] later = await MeetAsync(rig, "later", Threads);
        Assert.Equal(Threads, met.Select(static call => call[0]).Distinct().Count());
        Assert.NotEqual(met[0][1], later[0][1]);
        int zygote = Assert.Single(met.Concat(later).Select(static call => call[2]).Distinct());
        Assert.DoesNotContain(zygote, met.Concat(later).Select(static call => call[1]));
        Assert.Empty(await rig.AllAsync<WorkerCrashedEvent>());
    }

    [Fact(Timeout = Bound)]
    public async Task Workers_draw_different_random_numbers()
    {
        Rig rig = await StartAsync(2, []);

        Look[] workers = await LookAsync(rig, 2);

        Assert.NotEqual(workers[0].Drawn, workers[1].Drawn);
    }

    [Fact(Timeout = Bound)]
    public async Task Workers_draw_different_random_numbers_with_numpy()
    {
        Rig rig = await StartAsync(2, ["imported_once", "numpy"], static p => p.Python.Executable = SystemPython);
        bool hasNoNumpy = Logged(rig, EventIds.ZygoteRefused).Any(
            static refused => refused.Text.Contains("No module named 'numpy'", StringComparison.Ordinal));
        Assert.SkipWhen(hasNoNumpy, $"{SystemPython} has no numpy.");

        Look[] workers = await LookAsync(rig, 2);

        Assert.NotEqual(workers[0].DrawnByNumpy, workers[1].DrawnByNumpy);
        Assert.NotEqual(workers[0].Pid, workers[0].ImportedBy);
    }

    [Fact(Timeout = Bound)]
    public async Task Output_of_a_worker_is_its_own_and_output_of_imports_the_zygotes()
    {
        Rig rig = await StartAsync(1, []);

        await rig.CallAsync<object?>("say", "hello");

        await rig.Log.FirstAsync(static entry => entry.Id.Id == EventIds.PythonOutput && entry.Text == "it/0#1: hello");
        LogEntry imported = await LoggedAsync(rig, EventIds.ZygoteOutput);
        Assert.Equal(("Zygote of it: imported", "Snakepit.Python"), (imported.Text, imported.Category));
        Assert.DoesNotContain(
            rig.Log.All,
            static entry => entry.Id.Id == EventIds.PythonOutput && entry.Text.EndsWith("imported", StringComparison.Ordinal));
    }

    [Theory(Timeout = Bound)]
    [InlineData("starts_a_thread", "after the import of 'starts_a_thread' the process has 2 threads")]
    [InlineData("no_such_module", "'no_such_module' of Start.Preload can't be imported (ModuleNotFoundError")]
    public async Task Zygote_that_cannot_fork_leaves_spawned_workers_and_says_why_once(string module, string reason)
    {
        Rig rig = await StartAsync(2, ["imported_once", module]);
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        await rig.AssertServesAsync();
        Look worker = await LookAsync(rig);
        Assert.True((await rig.Pool.RecycleAsync(null, Cancellation)).AllReplaced);

        Assert.Equal(worker.Pid, worker.ImportedBy);
        string refused = Assert.Single(Logged(rig, EventIds.ZygoteRefused)).Text;
        Assert.StartsWith("Workers of pool it are spawned", refused, StringComparison.Ordinal);
        Assert.Contains(reason, refused, StringComparison.Ordinal);
        Assert.Contains("Start.Preload", refused, StringComparison.Ordinal);
        Assert.Empty(await rig.AllAsync<StartFailedEvent>());
    }

    [Fact(Timeout = Bound)]
    public async Task Death_of_the_zygote_costs_no_call_and_later_workers_come_from_a_new_one()
    {
        Rig rig = await StartAsync(2, []);
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        Look first = await LookAsync(rig);
        int[] workers = Pids(rig);
        using var stopCalling = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<int> calling = CallOnAsync(rig, stopCalling.Token);

        using (Pidfd zygote = new(first.ImportedBy))
        {
            zygote.Kill();
        }
        await LoggedAsync(rig, EventIds.ZygoteLost);
        Assert.Equal(workers, Pids(rig));
        Assert.True((await rig.Pool.RecycleAsync(null, Cancellation)).AllReplaced);
        await stopCalling.CancelAsync();

        Assert.InRange(await calling, 1, int.MaxValue);
        Look[] later = await LookAsync(rig, 2);
        Assert.Equal(later[0].ImportedBy, later[1].ImportedBy);
        Assert.NotEqual(first.ImportedBy, later[0].ImportedBy);
        Assert.DoesNotContain(later, static worker => worker.Pid == worker.ImportedBy);
        Assert.Empty(await rig.AllAsync<StartFailedEvent>());
        Assert.Empty(await rig.AllAsync<WorkerCrashedEvent>());
    }

    [Fact(Timeout = Bound)]
    public async Task Death_of_a_zygote_for_which_a_worker_waits_has_that_worker_spawned()
    {
        Gate gate = NewGate();
        Rig rig = Own(Create(1, ["waits_at_the_gate"], p => p.Python.Variables["SNAKEPIT_TEST_GATE"] = gate.Path));
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        Task starting = rig.StartAsync();
        await LoggedAsync(rig, EventIds.ZygoteOutput);
        int launcher = Assert.Single(MarkedProcesses.OwnLaunchers().Except(before));

        using (Pidfd zygote = new(Assert.Single(MarkedProcesses.ChildrenOf(launcher))))
        {
            zygote.Kill();
        }

        await starting;
        LogEntry lost = Assert.Single(Logged(rig, EventIds.ZygoteLost));
        Assert.Contains("SIGKILL", lost.Text, StringComparison.Ordinal);
        Assert.Contains("at the gate", lost.Text, StringComparison.Ordinal);
        await rig.AssertServesAsync();
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task Stop_while_workers_wait_for_their_zygote_leaves_nothing()
    {
        Gate gate = NewGate();
        Rig rig = Own(Create(2, ["waits_at_the_gate"], p => p.Python.Variables["SNAKEPIT_TEST_GATE"] = gate.Path));
        Task starting = rig.StartAsync();
        await LoggedAsync(rig, EventIds.ZygoteOutput);

        await rig.Runtime.DisposeAsync();

        await Assert.ThrowsAnyAsync<Exception>(() => starting);
        Assert.Empty(Logged(rig, EventIds.WorkerUnkillable));
        Assert.Empty(Logged(rig, EventIds.ZygoteLost));
        Assert.Empty(MarkedProcesses.Find(rig.Mark));
    }

    [Fact(Timeout = Bound)]
    public async Task Zygote_that_hangs_keeps_no_worker_from_starting()
    {
        Gate gate = NewGate();
        Rig rig = Own(Create(1, ["waits_at_the_gate"], p =>
        {
            p.Python.Variables["SNAKEPIT_TEST_GATE"] = gate.Path;
            p.Boot.Timeout = TimeSpan.FromSeconds(6);
        }));

        await rig.StartAsync();

        Assert.Single(Logged(rig, EventIds.ZygoteLate));
        Assert.NotEqual(0, (await LookAsync(rig)).Pid);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    public async Task Death_of_the_launcher_brings_a_new_zygote_with_the_new_launcher()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        Rig rig = await StartAsync(1, []);
        Look first = await LookAsync(rig);
        using Pidfd launcher = new(Assert.Single(MarkedProcesses.OwnLaunchers().Except(before)));
        Pidfd[] others = [Own(new Pidfd(first.Pid)), Own(new Pidfd(first.ImportedBy))];

        launcher.Kill();

        await Task.WhenAll(others.Select(static other => other.GoneAsync()));
        await rig.NextAsync<WorkerReadyEvent>(static ready => ready.Worker.Generation > 1);
        await rig.AssertServesAsync();
        Assert.True((await rig.Pool.RecycleAsync(null, Cancellation)).AllReplaced);
        Look later = await LookAsync(rig);
        Assert.NotEqual(first.ImportedBy, later.ImportedBy);
        Assert.NotEqual(later.Pid, later.ImportedBy);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L19")]
    public async Task Recycling_forked_workers_leaves_descriptors_and_processes_where_they_were()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        Rig rig = await StartAsync(2, [], static p => p.Recycle.MaxConcurrent = 2);
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        int launcher = Assert.Single(MarkedProcesses.OwnLaunchers().Except(before));
        int zygote = (await LookAsync(rig)).ImportedBy;
        int[] Counts() =>
        [
            DescriptorsOf(launcher),
            DescriptorsOf(zygote),
            MarkedProcesses.ChildrenOf(launcher).Count,
        ];
        int[] atStart = Counts();
        IReadOnlyDictionary<string, int> own = OpenDescriptors.Count();

        for (int round = 0; round < 30; round++)
        {
            Assert.True((await rig.Pool.RecycleAsync(null, Cancellation)).AllReplaced);
        }

        Assert.Equal(atStart, Counts());
        Assert.Empty(OpenDescriptors.MoreThan(own));
        Assert.Empty(MarkedProcesses.ChildrenOf(zygote));
    }

    [Theory(Timeout = Bound)]
    [InlineData("recycle")]
    [InlineData("death")]
    public async Task Replacement_for_whatever_reason_has_the_neighbours_that_are_there_now(string reason)
    {
        TemporaryFolder folder = Own(new TemporaryFolder());
        string neighbour = folder["neighbour_of_it.py"];
        await File.WriteAllTextAsync(neighbour, "import os\nVERSION, PID = 1, os.getpid()\n", Cancellation);
        await File.WriteAllTextAsync(
            folder["adapter_of_it.py"], "import neighbour_of_it as n\ndef look(): return [n.VERSION, n.PID]\n", Cancellation);
        Rig rig = await StartAsync(1, [], p => p.Adapter = folder["adapter_of_it.py"]);
        int[] first = await rig.CallAsync<int[]>("look");
        Assert.Equal(1, first[0]);

        await File.WriteAllTextAsync(neighbour, "import os\nVERSION, PID = 22, os.getpid()\n", Cancellation);
        if (reason == "recycle")
        {
            Assert.True((await rig.Pool.RecycleAsync(null, Cancellation)).AllReplaced);
        }
        else
        {
            using Pidfd worker = new(rig.OnlyWorker().Pid);
            worker.Kill();
            await rig.NextAsync<WorkerReadyEvent>(static ready => ready.Worker.Generation == 2);
        }

        int[] second = await rig.CallAsync<int[]>("look");
        Assert.Equal(22, second[0]);
        Assert.NotEqual(second[1], rig.OnlyWorker().Pid); // the worker comes from a zygote
        Assert.NotEqual(second[1], first[1]);
        Assert.Contains(neighbour, (await LoggedAsync(rig, EventIds.ZygoteOutdated)).Text, StringComparison.Ordinal);
        Assert.True((await rig.Pool.RecycleAsync(null, Cancellation)).AllReplaced);
        Assert.Equal(second, await rig.CallAsync<int[]>("look")); // the zygote is not renewed without need
        Assert.Single(Logged(rig, EventIds.ZygoteOutdated));
    }

    [Fact(Timeout = Bound)]
    public async Task Zygote_is_renewed_on_demand_and_workers_that_start_later_come_from_the_new_one()
    {
        Rig rig = await StartAsync(1, []);
        Look first = await LookAsync(rig);

        await rig.Pool.RenewZygoteAsync(Cancellation);

        Assert.Equal(first.Pid, (await LookAsync(rig)).Pid); // the worker goes on
        Assert.True((await rig.Pool.RecycleAsync(null, Cancellation)).AllReplaced);
        Look second = await LookAsync(rig);
        Assert.NotEqual(first.ImportedBy, second.ImportedBy);
        Assert.NotEqual(second.Pid, second.ImportedBy);
    }

    private static Rig Create(int size, string[] preload, Action<PoolOptions>? configure = null) => Rig.Create(Adapter, p =>
    {
        p.Size = size;
        p.Start.Method = preload.Length > 0 ? StartMethod.Auto : StartMethod.Zygote;
        Array.ForEach(preload, p.Start.Preload.Add);
        p.Transport.Portable = false;
        configure?.Invoke(p);
    });

    private async Task<Rig> StartAsync(int size, string[] preload, Action<PoolOptions>? configure = null)
    {
        Rig rig = Own(Create(size, preload, configure));
        await rig.StartAsync();
        return rig;
    }

    private static int[] Pids(Rig rig) => [.. rig.Pool.GetSnapshot().Workers.Select(static worker => worker.Pid).Order()];

    /// <summary>Makes a call in each of the given number of workers at once.</summary>
    private async Task<Look[]> LookAsync(Rig rig, int workers)
    {
        Gate gate = NewGate();
        await rig.Pool.WaitUntilReadyAsync(workers, Cancellation);
        string[] tags = [.. Enumerable.Range(0, workers).Select(static _ => Guid.NewGuid().ToString("n"))];
        Task<Look>[] calls = [.. tags.Select(tag => rig.CallAsync<Look>("look", gate.Path, tag))];
        await Task.WhenAll(tags.Select(rig.BegunAsync));
        gate.Release(workers);
        return await Task.WhenAll(calls);
    }

    /// <summary>Makes calls that wait for each other. Each returns its thread, its process, and the one that ran the imports.</summary>
    private static Task<int[][]> MeetAsync(Rig rig, string name, int calls) =>
        Task.WhenAll(Enumerable.Range(0, calls).Select(_ => rig.CallAsync<int[]>("meet", name, calls)));

    private async Task<Look> LookAsync(Rig rig) => Assert.Single(await LookAsync(rig, 1));

    /// <summary>Makes calls one after another until cancelled, and returns their number.</summary>
    private static async Task<int> CallOnAsync(Rig rig, CancellationToken cancellation)
    {
        int calls = 0;
        for (; !cancellation.IsCancellationRequested; calls++)
        {
            await rig.AssertServesAsync();
        }
        return calls;
    }

    private static int DescriptorsOf(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;

    private static Task<LogEntry> LoggedAsync(Rig rig, int id) => rig.Log.FirstAsync(entry => entry.Id.Id == id);

    private static IEnumerable<LogEntry> Logged(Rig rig, int id) => rig.Log.All.Where(entry => entry.Id.Id == id);

    private sealed record Look(int Pid, int Parent, int Session, int ImportedBy, double Drawn, double DrawnByNumpy);
}
