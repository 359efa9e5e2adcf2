using System.Numerics;

namespace Snakepit.Telemetry;

/// <summary>
/// How many durations were how long. Each power of two has eight steps, so a quantile is at most an eighth too high. Thread-safe, without a
/// lock: a reader may miss what is added meanwhile.
/// </summary>
internal sealed class Durations
{
    private const int StepBits = 3;
    private const int Steps = 1 << StepBits;
    private readonly long[] _counts = new long[(64 - StepBits) * Steps];

    public long Count => _counts.Sum();

    public void Add(TimeSpan duration) => Interlocked.Increment(ref _counts[StepOf((ulong)Math.Max(0, duration.Ticks))]);

    public void Add(Durations other)
    {
        for (int i = 0; i < _counts.Length; i++)
        {
            _counts[i] += Volatile.Read(ref other._counts[i]);
        }
    }

    /// <summary>Returns the duration that this share of them did not exceed; null when there are none.</summary>
    public TimeSpan? Quantile(double share)
    {
        long[] counts = [.. _counts];
        long rank = (long)Math.Ceiling(counts.Sum() * share);
        for (int i = 0; i < counts.Length && rank > 0; i++)
        {
            rank -= counts[i];
            if (rank <= 0)
            {
                return TimeSpan.FromTicks(LastOf(i));
            }
        }
        return null;
    }

    private static int StepOf(ulong ticks)
    {
        if (ticks < Steps)
        {
            return (int)ticks;
        }
        int power = BitOperations.Log2(ticks);
        return ((power - StepBits + 1) << StepBits) + (int)((ticks >> (power - StepBits)) & (Steps - 1));
    }

    /// <summary>Returns the longest duration of a step.</summary>
    private static long LastOf(int step) => step < Steps
        ? step
        : (((long)Steps + (step & (Steps - 1)) + 1) << ((step >> StepBits) - 1)) - 1;
}
