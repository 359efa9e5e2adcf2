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

    private readonly List<Moment> _moments = [];

    public void Add(DateTimeOffset at, PoolInfo state)
    {
        int capacity = (state.Workers ?? []).Where(static worker => worker.State == "serving").Sum(static worker => worker.Capacity);
        _moments.Add(new Moment(at, state.Running, Math.Max(capacity, 1), state.QueueLength, state.Requests, state.Rejected, state.Size));
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
        double mean = _moments.Average(static moment => moment.Utilization);
        double rate = seconds > 0 ? Math.Max(0, last.Requests - first.Requests) / seconds : 0;
        double waiting = _moments.Average(static moment => moment.Queued);
        double slope = Slope();
        return new CapacityInfo
        {
            Pool = pool,
            Size = last.Size,
            Capacity = last.Capacity,
            WatchedSeconds = seconds,
            Samples = _moments.Count,
            MeanUtilization = mean,
            PeakUtilization = _moments.Max(static moment => moment.Utilization),
            MeanQueue = waiting,
            PeakQueue = _moments.Max(static moment => moment.Queued),
            Rejected = Math.Max(0, last.Rejected - first.Rejected),
            CallsPerSecond = rate,
            MoreCallsPerSecond = mean is > 0 and < 1 && rate > 0 ? rate * (1 - mean) / mean : null,
            SaturatedInSeconds = mean >= Saturated ? 0 : slope * seconds > LeastRise ? (1 - last.Utilization) / slope : null,
            FittingSize = Math.Max(1, (int)Math.Ceiling((mean + (waiting / last.Capacity)) * last.Size / Target)),
            Verdict = mean >= Saturated || waiting >= 1 ? "saturated" : mean >= Busy ? "busy" : mean < Idle ? "idle" : "fits",
        };
    }

    /// <summary>Returns how fast the utilization rises per second, by least squares.</summary>
    private double Slope()
    {
        double meanTime = _moments.Average(Time), meanUse = _moments.Average(static moment => moment.Utilization);
        double spread = _moments.Sum(moment => Math.Pow(Time(moment) - meanTime, 2));
        return spread <= 0 ? 0 : _moments.Sum(moment => (Time(moment) - meanTime) * (moment.Utilization - meanUse)) / spread;
    }

    private double Time(Moment moment) => (moment.At - _moments[0].At).TotalSeconds;

    private readonly record struct Moment(
        DateTimeOffset At, int Running, int Capacity, int Queued, long Requests, long Rejected, int Size)
    {
        public double Utilization => Math.Min(1, (double)Running / Capacity);
    }
}
