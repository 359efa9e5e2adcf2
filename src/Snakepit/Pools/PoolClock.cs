namespace Snakepit.Pools;

/// <summary>The pool's clock. It converts between the kernel's timestamps and the host's time.</summary>
internal sealed class PoolClock(TimeProvider time)
{
    private const double NanosecondsPerTick = 100;
    private readonly double _unitsPerTick = (double)time.TimestampFrequency / TimeSpan.TicksPerSecond;

    public TimeProvider Time => time;

    public long Now => time.GetTimestamp();

    public DateTimeOffset UtcNow => time.GetUtcNow();

    public TimeSpan ToSpan(long units) => TimeSpan.FromTicks((long)(units / _unitsPerTick));

    /// <summary>
    /// Converts to milliseconds, rounded up: timers count whole ones and round down. A timer that fires too early would be set again and
    /// again.
    /// </summary>
    public double ToMilliseconds(long units) => Math.Ceiling(units / _unitsPerTick / TimeSpan.TicksPerMillisecond);

    /// <returns>At least 1.</returns>
    public long ToUnits(TimeSpan span) => Math.Max(1, (long)(span.Ticks * _unitsPerTick));

    /// <returns>-1 for a negative number.</returns>
    public long FromNanoseconds(long nanoseconds) => nanoseconds < 0 ? -1 : (long)(nanoseconds / NanosecondsPerTick * _unitsPerTick);

    /// <summary>Returns the time between two timestamps; zero when the first is missing.</summary>
    public TimeSpan Elapsed(long from, long to) => from == 0 ? TimeSpan.Zero : ToSpan(to - from);

    /// <inheritdoc cref="Elapsed(long, long)"/>
    public TimeSpan Elapsed(long from) => Elapsed(from, Now);

    /// <summary>Returns the end of a time that begins now; long.MaxValue for never.</summary>
    public long After(long now, TimeSpan timeout)
    {
        double units = timeout.Ticks * _unitsPerTick;
        return timeout == Timeout.InfiniteTimeSpan || units >= long.MaxValue - now ? long.MaxValue : now + (long)units;
    }
}
