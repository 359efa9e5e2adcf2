using System.Collections.Concurrent;
using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>When calls were made and when they began to run, in timestamps: the delays of a queue.</summary>
internal sealed class QueueDelays
{
    private readonly ConcurrentBag<(long Made, long Begun)> _calls = [];

    public void Add(long made, long begun) => _calls.Add((made, begun));

    /// <summary>Returns the delay that the given share of the calls does not exceed.</summary>
    public TimeSpan Percentile(double share) => ToTime(Samples.Percentile(
        _calls.Select(static call => Math.Max(0, call.Begun - call.Made)).ToArray(), share));

    /// <summary>
    /// Returns the longest time without a break in which the queue's delay was above a target, which is so while any call waits that has
    /// waited for longer.
    /// </summary>
    public TimeSpan LongestAbove(TimeSpan target)
    {
        long allowed = Clock.Units(target);
        (long longest, long from, long until) = (0, 0, long.MinValue);
        foreach ((long made, long begun) in _calls.Where(call => call.Begun - call.Made > allowed).OrderBy(static call => call.Made))
        {
            long above = made + allowed;
            from = above > until ? above : from;
            until = Math.Max(until, begun);
            longest = Math.Max(longest, until - from);
        }
        return ToTime(longest);
    }

    private static TimeSpan ToTime(long units) => Stopwatch.GetElapsedTime(0, units);
}
