using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>Callers that call again as soon as they are answered: what a pool can do at most.</summary>
internal static class ClosedLoop
{
    /// <summary>Calls per second.</summary>
    public static async Task<double> MeasureAsync(Func<ValueTask> call, int callers, TimeSpan duration)
    {
        long begin = Stopwatch.GetTimestamp();
        long calls = 0;

        async Task CallAsync()
        {
            while (Stopwatch.GetElapsedTime(begin) < duration)
            {
                await call();
                Interlocked.Increment(ref calls);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => CallAsync()));
        return calls / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
