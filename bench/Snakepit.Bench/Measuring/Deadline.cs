using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>Repeats for a while.</summary>
internal static class Deadline
{
    /// <summary>Counts rounds from 0 until the time is over; there is always one.</summary>
    public static IEnumerable<int> Until(TimeSpan duration, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        int round = 0;
        do
        {
            cancellation.ThrowIfCancellationRequested();
            yield return round++;
        }
        while (Stopwatch.GetElapsedTime(begin) < duration);
    }
}
