using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// The clocks of a pool under a storm of kills, which are longer on slower machines: a worker that waits for a processor must not be taken
/// for a stopped one.
/// </summary>
internal static class StormClocks
{
    private const double StartsPerClock = 40; // 250 ms on the machine of the record
    private static readonly TimeSpan s_leastClock = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_mostClock = TimeSpan.FromMilliseconds(2_500); // three clocks must be shorter than a call's timeout

    /// <summary>The timeout of calls, in the queue as well.</summary>
    public static TimeSpan CallTimeout { get; } = TimeSpan.FromSeconds(20);

    /// <summary>The time after which a call without an outcome is lost.</summary>
    public static TimeSpan LostAfter { get; } = 2 * CallTimeout;

    public static void Configure(PoolOptions pool, BenchRun run)
    {
        TimeSpan clock = TimeSpan.FromMilliseconds(Math.Clamp(
            StartsPerClock * run.Reference.InterpreterStartMs, s_leastClock.TotalMilliseconds, s_mostClock.TotalMilliseconds));
        pool.Call.Timeout = CallTimeout;
        pool.Queue.Timeout = CallTimeout;
        pool.Health.PingInterval = clock;
        pool.Health.LivenessTimeout = clock;
        pool.Health.UnresponsiveTimeout = clock;
    }
}
