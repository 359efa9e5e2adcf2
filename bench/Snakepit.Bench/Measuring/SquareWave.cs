using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>Makes calls at a low rate and at a high one by turns. The rates do not depend on the answers.</summary>
internal sealed class SquareWave(Func<ValueTask> call, double lowPerSecond, double highPerSecond)
{
    /// <summary>Runs full periods, each of which begins with its low half, and waits for the last answer.</summary>
    public async Task<IReadOnlyList<LoadResult>> RunAsync(TimeSpan period, int periods, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        var loads = new List<Task<LoadResult>>();
        for (int half = 0; half < 2 * periods; half++)
        {
            loads.Add(new OpenLoop(call, half % 2 == 0 ? lowPerSecond : highPerSecond).RunAsync(period / 2));
            TimeSpan rest = ((half + 1) * period / 2) - Stopwatch.GetElapsedTime(begin);
            await Task.Delay(rest > TimeSpan.Zero ? rest : TimeSpan.Zero, cancellation);
        }
        return await Task.WhenAll(loads);
    }
}
