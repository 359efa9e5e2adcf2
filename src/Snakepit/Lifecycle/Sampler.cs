using Microsoft.Extensions.Logging;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Lifecycle;

/// <summary>Reads the memory and processor time of all workers of a runtime, one after another, on one thread of its own: a timer's callbacks wait for the
/// thread pool, and where that is starved a worker could take all memory of the machine meanwhile. Callbacks run on that thread, outside of locks.</summary>
internal sealed class Sampler(TimeProvider time, IProcessTable table, Func<long?> readFreeMemory, ILogger logger) : IDisposable
{
    private static readonly TimeSpan s_joinTimeout = TimeSpan.FromSeconds(5);

    // No more than that part of a processor goes into exact readings that can wait, however large the workers are.
    private const int RefreshShare = 1_000;

    private readonly long _origin = time.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _changed = new(initialState: false);
    private readonly List<SampledProcess> _processes = []; // guarded by the gate, as is when each of them is due
    private readonly FreeMemoryWatch _freeMemory = new(readFreeMemory);
    private bool _coarseTold; // guarded by the gate
    private Thread? _thread;
    private volatile bool _stopping;

    // Of the thread that samples.
    private readonly List<SampledProcess> _round = [];
    private readonly FamilyScan _families = new(table, logger);
    private TimeSpan _nextRefresh;

    /// <summary>Tells every five seconds how many bytes this process and its children can still take.</summary>
    public event Action<long> FreeMemoryRead
    {
        add
        {
            _freeMemory.Add(value);
            _changed.Set();
        }
        remove => _freeMemory.Remove(value);
    }

    /// <summary>On the sampler's clock.</summary>
    internal TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>Of the machine that this runs on.</summary>
    public static Sampler Create(TimeProvider time, ILogger logger)
    {
        IProcessTable table = OperatingSystem.IsLinux() ? new ProcessTable() : new StandardProcessTable();
        return new Sampler(time, table, FreeMemory.OfThisProcess().Read, logger);
    }

    /// <summary>Begins to sample, until it is disposed.</summary>
    public void Start()
    {
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "Snakepit sampler" };
        _thread.UnsafeStart(); // its callbacks belong to no caller
    }

    /// <summary>Begins to sample a process, for ever or until its handle is disposed.</summary>
    public SampledProcess Watch(int pid, SamplingPlan plan, ISampled target)
    {
        var process = new SampledProcess(this, pid, plan, target, table);
        bool tellCoarse;
        lock (_gate)
        {
            _processes.Add(process);
            tellCoarse = !table.TellsPrivateMemory && !_coarseTold;
            _coarseTold |= tellCoarse;
        }
        if (tellCoarse)
        {
            logger.MemoryIsCoarse();
        }
        _changed.Set();
        return process;
    }

    /// <summary>Something about this one is news: it is sampled at once.</summary>
    public void Hurry(SampledProcess process)
    {
        lock (_gate)
        {
            process.Due = TimeSpan.Zero;
        }
        _changed.Set();
    }

    public void Unwatch(SampledProcess process)
    {
        lock (_gate)
        {
            _processes.Remove(process);
        }
    }

    /// <summary>Stops sampling. Handles are their owners' to dispose.</summary>
    public void Dispose()
    {
        _stopping = true;
        _changed.Set();
        if (_thread is not null && Thread.CurrentThread != _thread)
        {
            _thread.Join(s_joinTimeout);
        }
        // The event is left to the collector: a handle may still be told something, and must not fail at it.
    }

    /// <summary>Does what is due; says how long nothing else is.</summary>
    public TimeSpan Sample()
    {
        TimeSpan now = Now;
        BeginRound(now);
        if (_families.IsDue(now))
        {
            Scan(now);
        }
        foreach (SampledProcess process in _round)
        {
            Sample(process);
        }
        foreach (SampledProcess process in _round)
        {
            Try(process, static process => process.TellSampled()); // together, so that a thread that acts on it wakes once for all of them
        }
        if (now >= _freeMemory.Due)
        {
            Try((_freeMemory, now), static x => x._freeMemory.Tell(x.now));
        }
        return UntilNext();
    }

    private void Run()
    {
        while (!_stopping)
        {
            TimeSpan wait = Sample();
            // Waits are cut to whole milliseconds, and one that ends too early is a round for nothing.
            _changed.WaitOne(wait == Timeout.InfiniteTimeSpan ? wait : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)));
        }
    }

    private void BeginRound(TimeSpan now)
    {
        lock (_gate)
        {
            _round.Clear();
            foreach (SampledProcess process in _processes)
            {
                if (process.Due <= now)
                {
                    process.Due = TimeSpan.MaxValue; // unless someone hurries it meanwhile
                    _round.Add(process);
                }
            }
        }
    }

    private void Sample(SampledProcess process)
    {
        TimeSpan now = Now;
        bool refresh = now >= _nextRefresh && process.IsDueForRefresh(now);
        TimeSpan? next = process.Interval;
        try
        {
            next = process.Sample(now, refresh);
        }
        catch (Exception e)
        {
            logger.SamplingError(e);
        }
        if (refresh)
        {
            TimeSpan after = Now;
            _nextRefresh = after + ((after - now) * RefreshShare);
        }
        if (process.Members.HadAny)
        {
            _families.Hasten();
        }
        if (next is { } wait)
        {
            Plan(process, now, wait);
        }
    }

    private void Try<T>(T state, Action<T> act)
    {
        try
        {
            act(state);
        }
        catch (Exception e)
        {
            logger.SamplingError(e);
        }
    }

    /// <summary>What is in no hurry is done at the same times: waking up costs more than reading.</summary>
    internal static TimeSpan NextTime(TimeSpan now, TimeSpan interval) => interval * (Math.Floor(now / interval) + 1);

    private void Plan(SampledProcess process, TimeSpan now, TimeSpan wait)
    {
        TimeSpan interval = process.Interval;
        TimeSpan due = wait < interval ? now + wait : NextTime(now, interval);
        lock (_gate)
        {
            process.Due = TimeSpan.FromTicks(Math.Min(process.Due.Ticks, due.Ticks));
        }
    }

    private TimeSpan UntilNext()
    {
        TimeSpan next = _freeMemory.Due;
        lock (_gate)
        {
            foreach (SampledProcess process in _processes)
            {
                next = process.Due < next ? process.Due : next;
            }
        }
        TimeSpan now = Now;
        return next == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : next > now ? next - now : TimeSpan.Zero;
    }

    private void Scan(TimeSpan now)
    {
        lock (_gate)
        {
            _families.Take(_processes);
        }
        _families.Run();
        _families.NoteRun(now, Now);
    }
}
