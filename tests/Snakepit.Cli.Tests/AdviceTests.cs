using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Advice;
using Snakepit.Cli.Local;

namespace Snakepit.Cli.Tests;

/// <summary>What follows from what a host tells.</summary>
public sealed class AdviceTests
{
    private static readonly DateTimeOffset s_began = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Worker_without_a_problem_is_healthy() =>
        Assert.Equal((WorkerVerdict.Healthy, 0), (WorkerVerdict.Of(Worker(), 'S').Health, WorkerVerdict.Of(Worker(), null).Problems.Count));

    [Theory]
    [InlineData('T', "A signal has stopped its process. 'kill -CONT 7'")]
    [InlineData('Z', "Its process has ended.")]
    public void Process_that_does_not_run_is_unhealthy(char state, string problem)
    {
        WorkerVerdict verdict = WorkerVerdict.Of(Worker(), state);

        Assert.Equal(WorkerVerdict.Unhealthy, verdict.Health);
        Assert.StartsWith(problem, Assert.Single(verdict.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stuck", WorkerVerdict.Unhealthy)]
    [InlineData("stopped", WorkerVerdict.Unhealthy)]
    [InlineData("busy", WorkerVerdict.Doubtful)]
    [InlineData("starved", WorkerVerdict.Doubtful)]
    public void Worker_without_signs_of_life_is_judged_by_the_evidence(string evidence, string health) =>
        Assert.Equal(health, WorkerVerdict.Of(Worker() with { Unresponsive = evidence }, 'S').Health);

    [Fact]
    public void Worker_near_its_hard_limit_or_overdue_is_unhealthy()
    {
        WorkerInfo heavy = Worker() with
        {
            Memory = new MemoryInfo { CurrentBytes = 980 << 20, PeakBytes = 980 << 20, BaselineBytes = 1, HardLimitBytes = 1000 << 20 },
        };
        WorkerInfo overdue = Worker() with { OverdueSeconds = 90, FailedReplacements = 2, RecycleReason = "ttl_expired" };

        Assert.Contains("980MiB of Memory.HardLimit, 1000MiB", WorkerVerdict.Of(heavy, 'S').Problems[0], StringComparison.Ordinal);
        Assert.Contains("1 min 30 s ago (ttl_expired), but 2 replacements", WorkerVerdict.Of(overdue, 'S').Problems[0],
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ready", true)]
    [InlineData("starting", true)]
    [InlineData("degraded", false)]
    [InlineData("failing", false)]
    [InlineData("stopped", false)]
    public void Pool_that_lacks_workers_is_not_healthy(string state, bool isHealthy) =>
        Assert.Equal(isHealthy, HealthDocument.Of([Pool() with { State = state }], []).IsHealthy);

    [Fact]
    public void Load_that_rises_is_predicted_to_saturate()
    {
        var series = new CapacitySeries("text");
        for (int i = 0; i <= 10; i++)
        {
            series.Add(s_began.AddSeconds(i),
                Pool() with { Running = 10 + (4 * i), Requests = 100 * i, Workers = Workers(10, capacity: 10) });
        }

        CapacityInfo report = series.Report()!;

        Assert.Equal((0.3, 0.5, 100.0), (Math.Round(report.MeanUtilization, 3), report.PeakUtilization, report.CallsPerSecond));
        Assert.Equal(12.5, Math.Round(report.SaturatedInSeconds!.Value, 3)); // half of 100 places, 4 more each second
        Assert.Equal(233.3, Math.Round(report.MoreCallsPerSecond!.Value, 1));
        Assert.Equal("fits", report.Verdict);
    }

    [Theory]
    [InlineData(10, 0, "saturated", 15)]
    [InlineData(10, 20, "saturated", 43)]
    [InlineData(8, 0, "busy", 12)]
    [InlineData(5, 0, "fits", 8)]
    [InlineData(1, 0, "idle", 2)]
    public void Steady_load_is_judged_and_the_fitting_size_is_named(int running, int queued, string verdict, int size)
    {
        var series = new CapacitySeries("text");
        for (int i = 0; i <= 4; i++)
        {
            series.Add(s_began.AddSeconds(i),
                Pool() with { Running = running, QueueLength = queued, Size = 10, Workers = Workers(10, capacity: 1) });
        }

        CapacityInfo report = series.Report()!;

        Assert.Equal((verdict, size), (report.Verdict, report.FittingSize));
        Assert.Equal(verdict == "saturated" ? 0 : null, report.SaturatedInSeconds);
    }

    [Fact]
    public void Short_calls_are_counted_rather_than_met_by_chance()
    {
        var series = new CapacitySeries("text");
        int[] seen = [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1];
        for (int i = 0; i < seen.Length; i++)
        {
            ToolInfo tool = new() { Name = "add", Calls = 50 * i, Failed = 0, MedianSeconds = 0.001 };
            series.Add(
                s_began.AddSeconds(i),
                Pool() with { Running = seen[i], Size = 1, Workers = Workers(1, 1), Requests = 50 * i, Tools = [tool] });
        }

        CapacityInfo report = series.Report()!;

        Assert.Equal(
            (0.05, 950.0, "idle"),
            (Math.Round(report.MeanUtilization, 3), Math.Round(report.MoreCallsPerSecond!.Value), report.Verdict));
        Assert.Null(report.SaturatedInSeconds); // what was met by chance does not rise
        Assert.Equal((1, 0.05), (report.FittingSize, Math.Round(report.FittingUtilization, 3)));
    }

    [Fact]
    public void Nothing_seen_is_no_report() => Assert.Null(new CapacitySeries("text").Report());

    [Fact]
    public void Full_pool_without_limits_gets_advice_with_settings()
    {
        PoolInfo pool = Pool() with
        {
            Running = 2, QueueLength = 3, Rejected = 5, Accepted = 95, Workers = Workers(2, capacity: 1),
            RecyclesByReason = new Dictionary<string, long> { ["worker_died"] = 2, ["memory_limit"] = 1 },
        };

        string[] advice = [.. new PoolProfile(pool).Recommendations.Select(static one => $"{one.Level}: {one.Reason} {one.Setting}")];

        Assert.Equal(
            [
                "critical: 2 of 2 places run a call, and 3 calls wait. Raise Size, or MaxSize for a size that follows the load.",
                "warning: 5 calls were rejected, of 100. "
                    + "Raise Size; a higher Queue.Limit or Queue.Timeout only lets calls wait for longer.",
                "critical: 1 worker was killed during calls, because of Memory.HardLimit. "
                    + "Set Memory.SoftLimit well below Memory.HardLimit, so that they are replaced before.",
                "warning: 2 workers have died. See why: 'snakepit status text' lists the last deaths.",
                "info: Workers are never replaced, whatever they leak. Set Recycle.Ttl, Recycle.MaxRequests or Memory.SoftLimit.",
            ],
            advice);
    }

    [Fact]
    public void Worker_that_grows_without_a_limit_is_noticed()
    {
        var memory = new MemoryInfo { CurrentBytes = 200 << 20, PeakBytes = 200 << 20, BaselineBytes = 20 << 20 };
        PoolInfo pool = Pool() with { Workers = [Worker() with { Memory = memory }] };

        Assert.Contains(
            new PoolProfile(pool).Recommendations, static one =>
                one.Reason == "A worker has grown by 180MiB since it was ready, and nothing limits that.");
        Assert.DoesNotContain(
            new PoolProfile(pool with { Options = new Dictionary<string, string> { ["Memory.SoftLimit"] = "512MiB" } }).Recommendations,
            static one => one.Reason.Contains("grown", StringComparison.Ordinal));
    }

    [Fact]
    public void Tool_that_keeps_memory_is_named()
    {
        PoolInfo pool = Pool() with
        {
            Tools =
            [
                new ToolInfo { Name = "leaky", Calls = 9, Failed = 0, MemoryPerCallBytes = 298_994 },
                new ToolInfo { Name = "sound", Calls = 9, Failed = 0, MemoryPerCallBytes = 0 },
            ],
        };

        Assert.Single(new PoolProfile(pool).Recommendations, static one =>
            one.Reason == "A call of 'leaky' leaves 292KiB behind in its worker.");
        Assert.DoesNotContain(new PoolProfile(pool).Recommendations, static one =>
            one.Reason.Contains("sound", StringComparison.Ordinal));
    }

    [Fact]
    public void Waiting_workers_are_told_of_threads_and_idle_threads_of_processes()
    {
        PoolInfo waiting = Pool() with { Size = 12, Ready = 12, Running = 12, Workers = Workers(12, capacity: 1) };
        PoolInfo idle = Pool() with
        {
            Ready = 4, Running = 1, Workers = Workers(4, capacity: 8), Options = new Dictionary<string, string> { ["Profile"] = "Thread" },
        };

        Assert.Contains(new PoolProfile(waiting).Recommendations, static one =>
            one.Setting.Contains("Profile = Thread", StringComparison.Ordinal));
        Assert.Contains(new PoolProfile(idle).Recommendations, static one =>
            one.Setting.Contains("Profile = Process", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(new double[] { 100, 195, 200, 200 }, 2)]
    [InlineData(new double[] { 100, 100 }, 1)]
    [InlineData(new double[] { 139.6, 153.3, 343.4, 425.9 }, 8)] // the second measurement was disturbed
    [InlineData(new double[] { 100, 200, 400 }, 4)]
    public void Saturation_is_where_more_calls_hardly_add_any(double[] rates, int expected) => Assert.Equal(
        expected, ScalingTrial.Knee([.. rates.Select(static (rate, i) => new Throughput(1 << i, rate))]));

    private static WorkerInfo[] Workers(int count, int capacity) =>
        [.. Enumerable.Range(0, count).Select(slot => Worker() with { Slot = slot, Capacity = capacity })];

    private static WorkerInfo Worker() => new()
    {
        Id = "text/0#1", Pool = "text", Slot = 0, Generation = 1, Pid = 7, State = "serving", StartedAt = s_began, AgeSeconds = 100,
        Requests = 0, Overshoot = 0, Running = 0, Waiting = 0, Capacity = 1, Sessions = 0, ConsecutiveErrors = 0, FailedReplacements = 0,
        Calls = [], CpuSeconds = 1,
    };

    private static PoolInfo Pool() => new()
    {
        Name = "text", State = "ready", Size = 2, Ready = 2, MinReady = 1, Spares = 0, Resting = 0, Drained = 0, Running = 0,
        QueueLength = 0, QueueLimit = 10, WaitingForRoom = 0, Sessions = 0, Streams = 0, Accepted = 0, Rejected = 0, Requests = 0,
        Recycled = 0,
        RecyclesByReason = new Dictionary<string, long>(), NearTtl = 0, NearMaxRequests = 0, Overdue = 0, Overshoot = 0, DeathCount = 0,
        Restarts = [], Quarantine = [],
    };
}
