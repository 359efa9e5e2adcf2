using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>Callers that call again as soon as they are answered, which shows the most that a pool can do.</summary>
internal static class ClosedLoop
{
    /// <summary>
    /// Measures the calls per second of concurrent callers. Each calls until a timestamp has passed and returns the number of answers.
    /// </summary>
    public static async Task<double> MeasureAsync(Func<long, Task<long>> caller, int callers, TimeSpan duration)
    {
        long begin = Stopwatch.GetTimestamp();
        long end = begin + Clock.Units(duration);
        long[] calls = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => caller(end)));
        return calls.Sum() / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    /// <summary>Measures the calls per second of a call whose result does not matter.</summary>
    public static Task<double> MeasureAsync(Func<ValueTask> call, int callers, TimeSpan duration)
    {
        async Task<long> CallAsync(long end)
        {
            long calls = 0;
            for (; Stopwatch.GetTimestamp() < end; calls++)
            {
                await call();
            }
            return calls;
        }

        return MeasureAsync(CallAsync, callers, duration);
    }
}
