using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>Repeats work for a given time.</summary>
internal static class Deadline
{
    /// <summary>Counts rounds from 0 until the time is over. There is always at least one round.</summary>
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
