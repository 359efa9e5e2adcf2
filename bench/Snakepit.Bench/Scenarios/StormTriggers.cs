using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Triggers every reason to replace a worker in turn: it pulls a trigger, waits for the effect, and pulls the next.</summary>
internal sealed class StormTriggers : IRecyclePolicy
{
    private const int LeakMib = 64;
    private static readonly MemorySize s_softLimit = MemorySize.FromMiB(LeakMib / 2);
    private static readonly TimeSpan s_checkInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_leastPatience = TimeSpan.FromSeconds(3);
    private readonly StormPool _files;
    private readonly TimeSpan _replacement;
    private readonly TimeSpan _ttl;
    private readonly int _maxRequests;
    private int _policyWants;

    /// <param name="files">The files of the adapter, which changes.</param>
    /// <param name="replacement">The duration of a replacement.</param>
    /// <param name="callsPerSecond">The load in calls per second.</param>
    public StormTriggers(StormPool files, TimeSpan replacement, double callsPerSecond)
    {
        _files = files;
        _replacement = replacement;

        // All workers can be replaced some three times in this period. In a shorter one, age and requests alone would use up the budget.
        TimeSpan all = replacement * StormPool.Workers / StormPool.Budget;
        _ttl = s_leastPatience + (3 * all);
        _maxRequests = (int)(callsPerSecond / StormPool.Workers * _ttl.TotalSeconds / 2);
    }

    public static IReadOnlyList<(RecycleReason Reason, string Metric)> Reasons { get; } =
    [
        (RecycleReason.Manual, "manual"),
        (RecycleReason.Errors, "errors"),
        (RecycleReason.WorkerRequested, "worker_requested"),
        (RecycleReason.Custom, "custom"),
        (RecycleReason.HealthCheckFailed, "health_check_failed"),
        (RecycleReason.MemoryThreshold, "memory_threshold"),
        (RecycleReason.MaxRequests, "max_requests"),
        (RecycleReason.TtlExpired, "ttl_expired"),
        (RecycleReason.CodeChanged, "code_changed"),
    ];

    /// <summary>Checks that workers were replaced for every reason. A quick run has no time for all of them, and only says so.</summary>
    /// <param name="run">The run.</param>
    /// <param name="countOf">Returns how many workers were replaced for a reason.</param>
    public static void CheckAll(BenchRun run, Func<RecycleReason, long> countOf)
    {
        string[] silent = [.. Reasons.Where(reason => countOf(reason.Reason) == 0).Select(static reason => reason.Metric)];
        if (silent.Length == 0)
        {
            return;
        }
        string line = $"No worker was replaced for: {string.Join(", ", silent)}.";
        if (!run.IsQuick)
        {
            throw new InvalidRunException(line);
        }
        run.Progress.Say(line);
    }

    public void Configure(PoolOptions pool)
    {
        pool.WatchAdapter = true;
        pool.Recycle.Ttl = _ttl;
        pool.Recycle.MaxRequests = _maxRequests;
        pool.Recycle.MaxConsecutiveErrors = 1; // the load's own calls never fail
        pool.Recycle.MinLifetime = TimeSpan.Zero;
        pool.Recycle.AddPolicy(this);
        pool.Memory.SoftLimit = s_softLimit;
        pool.Health.CheckInterval = s_checkInterval;
    }

    public async Task PullAsync(IWorkerPool pool, CancellationToken over)
    {
        try
        {
            for (int turn = 0; ; turn++)
            {
                foreach ((RecycleReason reason, _) in Reasons)
                {
                    await using var events = new EventStream(pool, PatienceFor(reason), over);
                    await PullAsync(pool, reason, turn, over);
                    await events.NextAsync<WorkerRecycledEvent>(recycled => recycled.Reason == reason);
                }
                await pool.RecycleAsync(cancellationToken: over);
            }
        }
        catch (OperationCanceledException)
        {
            // the end of the storm
        }
    }

    RecycleDecision IRecyclePolicy.Evaluate(in RecycleCandidate worker) =>
        Interlocked.Exchange(ref _policyWants, 0) != 0 ? RecycleDecision.Recycle("the storm wants it") : RecycleDecision.Keep;

    private TimeSpan PatienceFor(RecycleReason reason) =>
        (reason is RecycleReason.TtlExpired or RecycleReason.MaxRequests ? _ttl : TimeSpan.Zero) + s_leastPatience + (3 * _replacement);

    private async Task PullAsync(IWorkerPool pool, RecycleReason reason, int turn, CancellationToken over)
    {
        switch (reason)
        {
            case RecycleReason.Manual:
                await pool.RecycleAsync(turn % StormPool.Workers, over);
                break;
            case RecycleReason.Errors:
                await CallAsync(pool, "fail");
                break;
            case RecycleReason.WorkerRequested:
                await CallAsync(pool, "leave");
                break;
            case RecycleReason.MemoryThreshold:
                await CallAsync(pool, "leak", LeakMib);
                break;
            case RecycleReason.Custom:
                Volatile.Write(ref _policyWants, 1);
                break;
            case RecycleReason.HealthCheckFailed:
                _files.MakeSick();
                break;
            case RecycleReason.CodeChanged:
                _files.ChangeCode();
                break;
        }
    }

    /// <summary>Calls a tool that is a trigger. Its answer does not matter, because the effect shows whether it worked.</summary>
    private static async Task CallAsync(IWorkerPool pool, string tool, params object[] arguments)
    {
        try
        {
            await pool.ExecuteAsync(tool, ToolArguments.FromList(arguments), null, CancellationToken.None);
        }
        catch (ToolException)
        {
            // the intended failure
        }
    }
}
