using Microsoft.Extensions.Logging;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Lifecycle;

/// <summary>Reads the memory and processor time of all workers of a runtime, one after another, on one thread of its own: a timer's callbacks wait for the
/// thread pool, and where that is starved a worker could take all memory of the machine meanwhile. Callbacks run on that thread, outside of locks.</summary>
internal sealed class Sampler(TimeProvider time, IProcessTable table, Func<long?> readFreeMemory, ILogger logger) : IDisposable
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_freeMemoryEvery = TimeSpan.FromSeconds(5);

    // Children that other threads than the main one have started are seen by a scan only.
    private static readonly TimeSpan s_scanEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_joinTimeout = TimeSpan.FromSeconds(5);

    // No more than that part of a processor goes into what can wait, however large the workers are and however many processes the machine has.
    private const int ScanShare = 200;
    private const int RefreshShare = 1_000;

    private readonly long _origin = time.GetTimestamp();
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _changed = new(initialState: false);
    private readonly List<SampledProcess> _processes = []; // guarded by the gate, as is when each of them is due
    private Action<long>? _freeMemoryRead; // guarded by the gate
    private bool _coarseTold; // guarded by the gate
    private Thread? _thread;
    private volatile bool _stopping;

    // Of the thread that samples.
    private readonly List<SampledProcess> _round = [];
    private readonly Dictionary<int, SampledProcess> _byPid = [];
    private Action<ProcessFamily>? _sort;
    private TimeSpan _scanned;
    private TimeSpan _nextScan;
    private TimeSpan _nextRefresh;
    private TimeSpan _nextFreeMemory;

    /// <summary>Tells every five seconds how many bytes this process and its children can still take.</summary>
    public event Action<long> FreeMemoryRead
    {
        add
        {
            lock (_gate)
            {
                _freeMemoryRead += value;
            }
            _changed.Set();
        }
        remove
        {
            lock (_gate)
            {
                _freeMemoryRead -= value;
            }
        }
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

    public void Forget(SampledProcess process)
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
        Action<long>? freeMemoryRead = BeginRound(now);
        if (now >= _nextScan)
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
        if (freeMemoryRead is not null && now >= _nextFreeMemory)
        {
            _nextFreeMemory = NextTime(now, s_freeMemoryEvery);
            Try((Sampler: this, freeMemoryRead), static x => x.Sampler.TellFreeMemory(x.freeMemoryRead));
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

    private Action<long>? BeginRound(TimeSpan now)
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
            return _freeMemoryRead;
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
        if (process.HasFamily)
        {
            _nextScan = TimeSpan.FromTicks(Math.Min(_nextScan.Ticks, (_scanned + s_second).Ticks));
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
    private static TimeSpan NextTime(TimeSpan now, TimeSpan interval) => interval * (Math.Floor(now / interval) + 1);

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
        TimeSpan next = TimeSpan.MaxValue;
        lock (_gate)
        {
            foreach (SampledProcess process in _processes)
            {
                next = process.Due < next ? process.Due : next;
            }
            if (_freeMemoryRead is not null && _nextFreeMemory < next)
            {
                next = _nextFreeMemory;
            }
        }
        TimeSpan now = Now;
        return next == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : next > now ? next - now : TimeSpan.Zero;
    }

    /// <summary>Finds out which processes belong to which worker: once for all of them.</summary>
    private void Scan(TimeSpan now)
    {
        lock (_gate)
        {
            _byPid.Clear();
            foreach (SampledProcess process in _processes)
            {
                _byPid[process.Pid] = process;
            }
        }
        foreach (SampledProcess process in _byPid.Values)
        {
            process.Members.BeginScan();
        }
        try
        {
            table.Scan(_sort ??= Sort);
            foreach (SampledProcess process in _byPid.Values)
            {
                process.Members.EndScan();
                process.HasFamily |= process.Members.Any;
            }
        }
        catch (Exception e)
        {
            logger.SamplingError(e); // this process has no descriptor left, say: the next scan may
        }
        TimeSpan after = Now;
        _scanned = after + ((after - now) * ScanShare);
        _nextScan = _scanned + s_scanEvery;
    }

    private void Sort(ProcessFamily family)
    {
        if (!_byPid.ContainsKey(family.Pid)
            && (_byPid.TryGetValue(family.Session, out SampledProcess? worker) || _byPid.TryGetValue(family.Group, out worker)))
        {
            worker.Members.Found(family.Pid);
        }
    }

    private void TellFreeMemory(Action<long> told)
    {
        if (readFreeMemory() is { } bytes)
        {
            told(bytes);
        }
    }
}
