using System.Collections.Concurrent;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>How long the calls of a pool took: those of each tool since the start, and those of all tools lately. Thread-safe.</summary>
internal sealed class CallDurations(TimeProvider time)
{
    private const int MostTools = 1_000; // a caller can invent any number of names
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, OfTool> _tools = new(StringComparer.Ordinal);
    private readonly long _periodUnits = (long)(s_period.TotalSeconds * time.TimestampFrequency);
    private Periods _periods = new(0, new Durations(), new Durations());

    /// <summary>Counts a call that has ended.</summary>
    /// <param name="tool">The tool's name.</param>
    /// <param name="duration">The time since the submission.</param>
    /// <param name="hasFailed">Whether the call did not succeed.</param>
    /// <param name="now">The time of the end.</param>
    public void Add(string tool, TimeSpan duration, bool hasFailed, long now)
    {
        At(now).Current.Add(duration);
        if (!_tools.TryGetValue(tool, out OfTool? one))
        {
            if (_tools.Count >= MostTools)
            {
                return;
            }
            one = _tools.GetOrAdd(tool, static _ => new OfTool());
        }
        one.Durations.Add(duration);
        if (hasFailed)
        {
            one.NoteFailure();
        }
    }

    /// <summary>Returns the durations of the calls that ended in the present and the last period.</summary>
    public Durations Recent(long now)
    {
        Periods periods = At(now);
        var recent = new Durations();
        recent.Add(periods.Last);
        recent.Add(periods.Current);
        return recent;
    }

    public IReadOnlyList<ToolStatistics> ReadTools() =>
    [
        .. _tools.OrderBy(static tool => tool.Key, StringComparer.Ordinal).Select(static tool => new ToolStatistics
        {
            Tool = tool.Key,
            Calls = tool.Value.Durations.Count,
            Failed = tool.Value.Failed,
            MedianDuration = tool.Value.Durations.Quantile(0.5) ?? TimeSpan.Zero,
            Percentile99Duration = tool.Value.Durations.Quantile(0.99) ?? TimeSpan.Zero,
        }),
    ];

    /// <summary>Returns the periods at a time. An earlier time than the last belongs to the present period.</summary>
    private Periods At(long now)
    {
        long number = now / _periodUnits;
        Periods periods = Volatile.Read(ref _periods);
        while (number > periods.Number)
        {
            var next = new Periods(number, number == periods.Number + 1 ? periods.Current : new Durations(), new Durations());
            Periods seen = Interlocked.CompareExchange(ref _periods, next, periods);
            periods = seen == periods ? next : seen;
        }
        return periods;
    }

    private sealed class OfTool
    {
        private long _failed;

        public Durations Durations { get; } = new();

        public long Failed => Volatile.Read(ref _failed);

        public void NoteFailure() => Interlocked.Increment(ref _failed);
    }

    private sealed record Periods(long Number, Durations Last, Durations Current);
}
