using Snakepit.Processes;

namespace Snakepit.Lifecycle;

/// <summary>A worker's process while it is sampled. Its members may be called from any thread and never wait: what is asked for is done by the sampler's
/// thread, at once. After its end it tells nothing new; disposing closes what it holds open.</summary>
internal sealed class SampledProcess : IDisposable
{
    private static readonly TimeSpan s_refreshEvery = TimeSpan.FromSeconds(30);

    private readonly Sampler _sampler;
    private readonly ISampled _target;
    private readonly IProcessReader _reader;
    private readonly MemoryJudge _memory;
    private readonly CpuTimeJudge _cpu;
    private readonly ProcessReadings _readings;
    private readonly LastReading _last = new();
    private readonly Lock _gate = new();
    private readonly SamplingNews _news = new(); // guarded by the gate: what was asked for
    private bool _sampling; // guarded by the gate
    private bool _disposed; // guarded by the gate
    private bool _hasNews; // of the sampler's thread

    public SampledProcess(Sampler sampler, int pid, SamplingPlan plan, ISampled target, IProcessTable table)
    {
        _sampler = sampler;
        Pid = pid;
        _target = target;
        _memory = new MemoryJudge(plan);
        _cpu = new CpuTimeJudge(plan);
        _reader = table.Open(pid, isReadOften: true);
        Members = new GroupMembers(table);
        _readings = new ProcessReadings(_reader, Members, _memory, _cpu, new SamplingPace(plan));
    }

    public int Pid { get; }

    /// <summary>Its memory, child processes included; null before it was read.</summary>
    public MemoryReading? Reading => _last.Memory;

    /// <summary>The processor time it has used, without that of its child processes; null before it was read.</summary>
    public TimeSpan? CpuTime => _last.CpuTime;

    /// <summary>The sampler's: how often it is sampled as things are.</summary>
    public TimeSpan Interval => _readings.Interval;

    /// <summary>When it is to be sampled next; the sampler's.</summary>
    public TimeSpan Due { get; set; }

    /// <summary>Its child processes.</summary>
    public GroupMembers Members { get; }

    /// <summary>The worker is ready: what it has now is what it needs. Before that its soft limit is not judged.</summary>
    /// <param name="isForked">It was forked from a zygote and shares its memory.</param>
    public void TakeBaseline(bool isForked) => PassOn(news => news.ReadyForked = isForked);

    /// <summary>The zygote that it was forked from has ended: what they shared is the worker's alone from now on, and not held against it.</summary>
    public void ZygoteEnded() => PassOn(static news => news.ZygoteEnded = true);

    /// <summary>What the worker's adapter says that it uses; from now on this is held against the soft limit, as it is, without a baseline.</summary>
    public void Report(long bytes) => PassOn(news => news.Reported = bytes);

    /// <summary>The call is over during which it had too much memory: a verdict on what it has now, Soft or Cleared, within a third of a second if there is a
    /// processor for it.</summary>
    public void LookAgain() => PassOn(static news => news.LookAgain = true);

    /// <summary>It has collected its garbage, as it was asked to.</summary>
    public void Collected() => PassOn(static news => news.Collected = true);

    /// <summary>Reads its resident memory and processor time on the caller's thread, unless that was done so recently. Child processes and limits are the
    /// sampler's to look at.</summary>
    public void Refresh(TimeSpan recently)
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _last.Refresh(_sampler.Now, recently, _reader);
            }
        }
    }

    public void Dispose()
    {
        _sampler.Unwatch(this);
        bool close;
        lock (_gate)
        {
            close = !_disposed && !_sampling; // the sampler's thread closes what it is using
            _disposed = true;
        }
        if (close)
        {
            _reader.Dispose();
        }
    }

    /// <summary>For the sampler's thread: whether its exact reading is so old that it should be taken again for no better reason.</summary>
    public bool IsDueForRefresh(TimeSpan now) => _memory.IsReadyAndForked && _memory.IsStale(now, s_refreshEvery);

    /// <summary>For the sampler's thread: reads, judges, tells. Says how soon it is to be done again; null: never.</summary>
    /// <param name="now">On the sampler's clock.</param>
    /// <param name="refresh">Reads exactly, whether it matters or not.</param>
    public TimeSpan? Sample(TimeSpan now, bool refresh)
    {
        if (!Begin())
        {
            return null;
        }
        bool isRead = false;
        TimeSpan? cpuTime = null;
        MemoryVerdict verdict = MemoryVerdict.None;
        try
        {
            isRead = _readings.Read(now, refresh, out cpuTime);
            verdict = isRead ? _memory.Decide(now) : verdict;
        }
        finally
        {
            End(isRead, cpuTime, now);
        }
        if (!isRead)
        {
            return null;
        }
        _hasNews = true;
        Tell(verdict, cpuTime);
        TimeSpan next = _memory.NextLook();
        return next < Interval ? next : Interval;
    }

    /// <summary>For the sampler's thread: tells of a new reading, once.</summary>
    public void TellSampled()
    {
        if (_hasNews)
        {
            _hasNews = false;
            _target.OnSampled();
        }
    }

    private void PassOn(Action<SamplingNews> tell)
    {
        lock (_gate)
        {
            tell(_news);
        }
        _sampler.Hurry(this);
    }

    private bool Begin()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return false;
            }
            _sampling = true;
            _news.Tell(_memory);
            return true;
        }
    }

    private void End(bool isRead, TimeSpan? cpuTime, TimeSpan now)
    {
        bool close;
        lock (_gate)
        {
            _sampling = false;
            if (isRead)
            {
                _last.Note(now, _memory.Reading, cpuTime);
            }
            close = _disposed;
        }
        if (close)
        {
            _reader.Dispose();
        }
    }

    private void Tell(MemoryVerdict verdict, TimeSpan? cpuTime)
    {
        if (verdict != MemoryVerdict.None)
        {
            _target.OnVerdict(verdict, _memory.Reading);
        }
        if (_cpu.Exceeds(cpuTime))
        {
            _target.OnCpuTimeExceeded(cpuTime!.Value);
        }
    }
}
