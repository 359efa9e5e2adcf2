using Snakepit.AspNetCore.Contract;

namespace Snakepit.Cli.Advice;

/// <summary>What is seen of a pool's load while it is watched.</summary>
internal sealed class CapacitySeries(string pool)
{
    /// <summary>The share of its places that a pool should use at most, so that calls seldom wait.</summary>
    public const double Target = 0.7;

    private const double Saturated = 0.9;
    private const double Busy = 0.8;
    private const double Idle = 0.2;
    private const double LeastRise = 0.05; // over the time of the watch; less is chance
    private const double LeastFit = 0.5; // of the rise to a line; less is chance, too
    private const double Short = 0.2; // s: a look at what runs meets calls so short by chance

    private readonly List<Moment> _moments = [];
    private IReadOnlyList<ToolInfo>? _firstTools;
    private IReadOnlyList<ToolInfo> _lastTools = [];

    public void Add(DateTimeOffset at, PoolInfo state)
    {
        int capacity = (state.Workers ?? []).Where(static worker => worker.State == "serving").Sum(static worker => worker.Capacity);
        _moments.Add(new Moment(at, state.Running, Math.Max(capacity, 1), state.QueueLength, state.Requests, state.Rejected, state.Size));
        _firstTools ??= state.Tools ?? [];
        _lastTools = state.Tools ?? [];
    }

    /// <summary>Returns what follows from all that was seen; null when nothing was.</summary>
    public CapacityInfo? Report()
    {
        if (_moments.Count == 0)
        {
            return null;
        }
        Moment first = _moments[0], last = _moments[^1];
        double seconds = (last.At - first.At).TotalSeconds;
        double mean = ShortCallsUtilization(seconds) ?? _moments.Average(static moment => moment.Utilization);
        double rate = seconds > 0 ? Math.Max(0, last.Requests - first.Requests) / seconds : 0;
        double waiting = _moments.Average(static moment => moment.Queued);
        double slope = Slope();
        int fitting = Math.Max(1, (int)Math.Ceiling((mean + (waiting / last.Capacity)) * last.Size / Target));
        return new CapacityInfo
        {
            Pool = pool,
            Size = last.Size,
            Capacity = last.Capacity,
            WatchedSeconds = seconds,
            Samples = _moments.Count,
            MeanUtilization = mean,
            PeakUtilization = Math.Max(mean, _moments.Max(static moment => moment.Utilization)),
            MeanQueue = waiting,
            PeakQueue = _moments.Max(static moment => moment.Queued),
            Rejected = Math.Max(0, last.Rejected - first.Rejected),
            CallsPerSecond = rate,
            MoreCallsPerSecond = mean is > 0 and < 1 && rate > 0 ? rate * (1 - mean) / mean : null,
            SaturatedInSeconds = mean >= Saturated ? 0 : slope * seconds > LeastRise ? (1 - last.Utilization) / slope : null,
            FittingSize = fitting,
            FittingUtilization = Math.Min(1, mean * last.Size / fitting),
            Verdict = mean >= Saturated || waiting >= 1 ? "saturated" : mean >= Busy ? "busy" : mean < Idle ? "idle" : "fits",
        };
    }

    /// <summary>Returns the utilization by the number of calls and how long they took; null when some are long, whose share of a time is
    /// better seen by looking at what runs.</summary>
    private double? ShortCallsUtilization(double seconds)
    {
        var before = _firstTools!.ToDictionary(static tool => tool.Name, static tool => tool.Calls);
        double busy = 0;
        foreach (ToolInfo tool in _lastTools)
        {
            long calls = tool.Calls - before.GetValueOrDefault(tool.Name);
            if (calls > 0 && tool.MedianSeconds is not < Short)
            {
                return null;
            }
            busy += calls * (tool.MedianSeconds ?? 0);
        }
        bool runsLongCalls = _moments.Count(static moment => moment.Running > 0) > _moments.Count / 2;
        return busy > 0 && seconds > 0 && !runsLongCalls
            ? Math.Min(1, busy / seconds / _moments.Average(static moment => moment.Capacity))
            : null;
    }

    /// <summary>Returns how fast the utilization rises per second, by least squares; 0 when it does not follow a line.</summary>
    private double Slope()
    {
        double meanTime = _moments.Average(Time), meanUse = _moments.Average(static moment => moment.Utilization);
        double times = _moments.Sum(moment => Math.Pow(Time(moment) - meanTime, 2));
        double uses = _moments.Sum(moment => Math.Pow(moment.Utilization - meanUse, 2));
        double both = _moments.Sum(moment => (Time(moment) - meanTime) * (moment.Utilization - meanUse));
        return times <= 0 || uses <= 0 || both * both < LeastFit * times * uses ? 0 : both / times;
    }

    private double Time(Moment moment) => (moment.At - _moments[0].At).TotalSeconds;

    private readonly record struct Moment(
        DateTimeOffset At, int Running, int Capacity, int Queued, long Requests, long Rejected, int Size)
    {
        public double Utilization => Math.Min(1, (double)Running / Capacity);
    }
}
