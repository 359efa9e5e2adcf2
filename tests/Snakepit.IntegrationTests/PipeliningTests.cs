using System.Globalization;
using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>
/// Tests calls that wait in a worker's channel. None is lost, runs twice or is held up by another, whatever happens to the worker.
/// </summary>
public sealed class PipeliningTests : IntegrationTest
{
    private const int EnoughToLearn = 40;
    private const int Callers = 64;

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L1")]
    [Trait("Rule", "L3")]
    [Trait("Rule", "P7")]
    public async Task Kill_of_a_worker_loses_at_most_the_call_that_ran_and_runs_none_twice()
    {
        const int Kills = 15;
        Rig rig = await StartAsync();
        using var folder = new TemporaryFolder();
        int next = 0;
        var answered = new System.Collections.Concurrent.ConcurrentBag<int>();
        var lost = new System.Collections.Concurrent.ConcurrentBag<(int Number, CallExecution Execution)>();
        using var enough = new CancellationTokenSource();
        Task load = Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            while (!enough.IsCancellationRequested)
            {
                int number = Interlocked.Increment(ref next);
                try
                {
                    Assert.Equal(number, await rig.CallAsync<int>("record", folder["runs"], number));
                    answered.Add(number);
                }
                catch (WorkerLostException e)
                {
                    lost.Add((number, e.Execution));
                }
            }
        }));

        int kills = 0;
        for (; kills < Kills || (lost.IsEmpty && kills < 10 * Kills); kills++) // most workers are killed in a call, few between two
        {
            WorkerSnapshot worker = rig.Pool.GetSnapshot().Workers.First(static worker => worker.State == WorkerState.Serving);
            using var process = new Pidfd(worker.Pid);
            process.Kill();
            await rig.NextAsync<WorkerCrashedEvent>(crashed => crashed.Pid == worker.Pid);
            await rig.Pool.WaitUntilReadyAsync(2, Cancellation);
        }
        await enough.CancelAsync();
        await load;

        string[] runs = await File.ReadAllLinesAsync(folder["runs"], Cancellation);
        int[] ran = [.. runs.Select(static line => int.Parse(line, CultureInfo.InvariantCulture))];
        Assert.Equal(next, answered.Count + lost.Count);
        Assert.Equal(ran.Length, ran.Distinct().Count());
        Assert.Subset(ran.ToHashSet(), answered.ToHashSet());
        Assert.NotEmpty(answered);
        Assert.InRange(lost.Count, 1, kills);
        Assert.All(lost, static call => Assert.Equal(CallExecution.MayHaveRun, call.Execution));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P8")]
    [Trait("Rule", "P9")]
    public async Task Tool_that_was_quick_and_then_is_not_holds_up_nobody_else()
    {
        Rig rig = await StartAsync();
        using var gate = new Gate();
        await LearnAsync(rig);
        Task<string> held = rig.CallAsync<string>("usually_quick", gate.Path, "held");
        Task<string>[] others = [.. Enumerable.Range(0, Callers).Select(i => rig.CallAsync<string>("usually_quick", null, $"{i}"))];

        await rig.BegunAsync("held");
        Assert.Equal(Enumerable.Range(0, Callers).Select(static i => $"{i}"), await Task.WhenAll(others));
        Assert.False(held.IsCompleted);

        gate.Release();
        Assert.Equal("held", await held);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P7")]
    [Trait("Rule", "P9")]
    public async Task Only_worker_that_stalls_gives_back_what_it_has_not_begun_and_what_it_has_finished()
    {
        Rig rig = await StartAsync(configure: static p => p.Size = 1);
        using var gate = new Gate();
        await LearnAsync(rig);
        Task<string>[] before = [.. Enumerable.Range(0, 4).Select(i => rig.CallAsync<string>("usually_quick", null, $"{i}"))];
        Task<string> held = rig.CallAsync<string>("usually_quick", gate.Path, "held");
        Task<string>[] behind = [.. Enumerable.Range(0, 4).Select(i => rig.CallAsync<string>("usually_quick", null, $"{i}"))];
        await rig.BegunAsync("held");

        await Task.WhenAll(before);
        await rig.UntilAsync(static pool => pool.QueueLength == 4); // the calls are back in the pool's queue
        Assert.Equal((1, 0), (rig.Pool.GetSnapshot().Running, rig.OnlyWorker().Waiting));

        gate.Release();
        await held;
        await Task.WhenAll(behind);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P8")]
    [Trait("Rule", "L9")]
    public async Task Strict_MaxRequests_counts_calls_that_wait_and_is_never_exceeded()
    {
        const int MaxRequests = 100;
        const int Calls = 4_000;
        Rig rig = await StartAsync(configure: static p =>
        {
            (p.Recycle.MaxRequests, p.Recycle.StrictMaxRequests) = (MaxRequests, true);
            p.Queue.Timeout = TimeSpan.FromSeconds(50);
        });
        var answers = new System.Collections.Concurrent.ConcurrentBag<(int Pid, int Count)>();

        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async _ =>
        {
            for (int i = 0; i < Calls / Callers; i++)
            {
                int[] answer = await rig.CallAsync<int[]>("count");
                answers.Add((answer[0], answer[1]));
            }
        }));

        Assert.Equal(Calls / Callers * Callers, answers.Distinct().Count());
        Assert.All(answers, static answer => Assert.InRange(answer.Count, 1, MaxRequests));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task RecycleAsync_under_waiting_calls_fails_none()
    {
        Rig rig = await StartAsync();
        using var enough = new CancellationTokenSource();
        Task load = Task.WhenAll(Enumerable.Range(0, Callers).Select(async i =>
        {
            while (!enough.IsCancellationRequested)
            {
                Assert.Equal(i + 1, await rig.CallAsync<int>("add", i, 1));
            }
        }));

        for (int i = 0; i < 3; i++)
        {
            await rig.UntilAsync(static pool => pool.QueueLength > 0 || pool.Workers.Any(static worker => worker.Waiting > 0));
            RecycleReport report = await rig.Pool.RecycleAsync(null, Cancellation);
            Assert.True(report.AllReplaced);
        }
        await enough.CancelAsync();

        await load;
    }

    [Theory(Timeout = Bound)]
    [InlineData("memfd_create", true)]
    [InlineData("fallocate", true)]
    [InlineData("membarrier", true)]
    [InlineData("membarrier_register", false)]
    [InlineData("membarrier_use", false)]
    [Trait("Rule", "P7")]
    [Trait("Rule", "P9")]
    public async Task Host_that_is_refused_what_pages_need_does_without_and_says_so_once(string refused, bool told)
    {
        string shell = $"set -- /usr/bin/python3 {Rig.Adapter("Hosts/refuse.py")} {refused} \"$@\";";
        HostProcess host = Own(HostProcess.Start($"{HostScenarios.Burst}2", shell: shell));

        (string output, int exitCode) = await host.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.EndsWith("served\n", output, StringComparison.Ordinal);
        Assert.Equal(told ? 1 : 0, output.Split('\n').Count(static line => line.Contains("run without a page", StringComparison.Ordinal)));
    }

    private static async Task LearnAsync(Rig rig)
    {
        for (int i = 0; i < EnoughToLearn; i++)
        {
            await rig.CallAsync<string>("usually_quick", null, "");
        }
    }

    private Task<Rig> StartAsync(Action<PoolOptions>? configure = null) => StartAsync("pipelining.py", pool =>
    {
        pool.Size = 2;
        configure?.Invoke(pool);
    });
}
