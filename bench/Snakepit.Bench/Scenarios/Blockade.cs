using System.Diagnostics;
using System.Globalization;
using Snakepit.Bench.Measuring;

namespace Snakepit.Bench.Scenarios;

/// <summary>Blocks a worker, or nothing, for 2 s while short calls of a tool are always in flight.</summary>
internal sealed class Blockade(string metric, IWorkerPool pool, string tool, Func<Task> block)
{
    public const int Callers = 64;
    private const double LeastSeconds = 1.5;
    private static readonly TimeSpan s_lead = TimeSpan.FromMilliseconds(500); // tens of thousands of calls
    private long _begun;
    private volatile bool _over;

    public string Metric => metric;

    /// <summary>The longest time in ms of the short calls that were answered after the blocking began.</summary>
    public double LongestMs { get; private set; }

    public async Task RunAsync()
    {
        _over = false;
        Volatile.Write(ref _begun, long.MaxValue);
        Task<long[]> callers = Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => CallAsync()));
        await Task.Delay(s_lead);
        long begun = Stopwatch.GetTimestamp();
        Volatile.Write(ref _begun, begun);
        try
        {
            await block();
        }
        finally
        {
            _over = true;
        }
        double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        if (seconds < LeastSeconds)
        {
            throw new InvalidRunException(string.Create(
                CultureInfo.InvariantCulture, $"{metric}: the worker was blocked for {seconds:0.0} s only."));
        }
        LongestMs = Math.Max(LongestMs, Clock.Milliseconds((await callers).Max()));
    }

    private async Task<long> CallAsync()
    {
        long longest = 0;
        for (int a = 0; !_over; a++)
        {
            long begin = Stopwatch.GetTimestamp();
            int sum = await pool.ExecuteAsync<int>(tool, ToolArguments.Positional(a, Addition.B));
            long end = Stopwatch.GetTimestamp();
            Addition.Check(a, sum);
            if (end > Volatile.Read(ref _begun))
            {
                longest = Math.Max(longest, end - begin);
            }
        }
        return longest;
    }
}
