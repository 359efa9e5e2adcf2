using Microsoft.Extensions.Logging;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Lifecycle;

/// <summary>
/// Reads the memory and processor time of all workers of a runtime, one after another, on a thread of its own. A timer's callbacks would
/// wait for the thread pool, and where that is starved, a worker could meanwhile take all memory of the machine. Callbacks run on this
/// thread, outside locks.
/// </summary>
internal sealed class Sampler(TimeProvider time, IProcessTable table, Func<long?> readFreeMemory, ILogger logger) : IDisposable
{
    private static readonly TimeSpan s_joinTimeout = TimeSpan.FromSeconds(5);

    // Exact readings that can wait use at most this part of a processor, however large the workers are.
    private const int RefreshShare = 1_000;

    private readonly long _origin = time.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _changed = new(initialState: false);
    private readonly List<SampledProcess> _processes = []; // guarded by the gate, with their due times
    private readonly FreeMemoryWatch _freeMemory = new(readFreeMemory);
    private bool _coarseTold; // guarded by the gate
    private Thread? _thread;
    private volatile bool _stopping;

    // Used by the sampling thread.
    private readonly List<SampledProcess> _round = [];
    private readonly FamilyScan _families = new(table, logger);
    private TimeSpan _nextRefresh;

    /// <summary>Reports every five seconds how many bytes this process and its children can still allocate.</summary>
    public event Action<long> FreeMemoryRead
    {
        add
        {
            _freeMemory.Add(value);
            _changed.Set();
        }
        remove => _freeMemory.Remove(value);
    }

    /// <summary>The time on the sampler's clock.</summary>
    internal TimeSpan Now => time.GetElapsedTime(_origin);

    /// <summary>Creates a sampler for this machine.</summary>
    public static Sampler Create(TimeProvider time, ILogger logger)
    {
        IProcessTable table = OperatingSystem.IsLinux() ? new ProcessTable() : new StandardProcessTable();
        return new Sampler(time, table, FreeMemory.OfThisProcess().Read, logger);
    }

    /// <summary>Begins to sample.</summary>
    public void Start()
    {
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "Snakepit sampler" };
        _thread.UnsafeStart(); // its callbacks belong to no caller's context
    }

    /// <summary>Begins to sample a process, until its handle is disposed.</summary>
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

    /// <summary>Samples a process at once, because it has requests.</summary>
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

    /// <summary>Stops sampling. The owners of handles dispose of them.</summary>
    public void Dispose()
    {
        _stopping = true;
        _changed.Set();
        if (_thread is not null && Thread.CurrentThread != _thread)
        {
            _thread.Join(s_joinTimeout);
        }
        // The event is left to the garbage collector: a handle may still get a request, which must not fail.
    }

    /// <summary>Does what is due; returns the time until something else is due.</summary>
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
            Try(process, static process => process.TellSampled()); // together, so that a thread that handles them wakes up once for all
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
            // Waits are truncated to whole milliseconds, and one that ends too early would be a round for nothing.
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
                    process.Due = TimeSpan.MaxValue; // unless a request hurries it meanwhile
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

    /// <summary>Aligns samples that are not urgent to the same times: waking up costs more than reading.</summary>
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
