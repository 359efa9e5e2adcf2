using Snakepit.Processes;

namespace Snakepit.Lifecycle;

/// <summary>
/// The process of a sampled worker. Its members may be called from any thread and never block: the sampler's thread does what they request,
/// at once. After its end it raises no events; disposing it closes its descriptors.
/// </summary>
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
    private readonly SamplingNews _news = new(); // requests; guarded by the gate
    private bool _sampling; // guarded by the gate
    private bool _disposed; // guarded by the gate
    private bool _hasNews; // used by the sampler's thread

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

    /// <summary>Its memory, including child processes; null before the first reading.</summary>
    public MemoryReading? Reading => _last.Memory;

    /// <summary>Its processor time, without child processes; null before the first reading.</summary>
    public TimeSpan? CpuTime => _last.Usage?.CpuTime;

    /// <summary>The number of its threads, without child processes; null before the first reading.</summary>
    public int? Threads => _last.Usage?.Threads;

    /// <summary>The current interval between samples, for the sampler.</summary>
    public TimeSpan Interval => _readings.Interval;

    /// <summary>The time of the next sample, for the sampler.</summary>
    public TimeSpan Due { get; set; }

    /// <summary>Its child processes.</summary>
    public GroupMembers Members { get; }

    /// <summary>The worker is ready: its present memory is its baseline. Before that, its soft limit is not judged.</summary>
    /// <param name="isForked">Whether it was forked from a zygote and shares its memory.</param>
    public void TakeBaseline(bool isForked) => PassOn(news => news.ReadyForked = isForked);

    /// <summary>
    /// The zygote that it was forked from has ended: pages that they shared are the worker's own from now on, and do not count against it.
    /// </summary>
    public void ZygoteEnded() => PassOn(static news => news.ZygoteEnded = true);

    /// <summary>
    /// Sets the memory usage that the adapter reports; from now on it is compared with the soft limit, without a baseline.
    /// </summary>
    public void Report(long bytes) => PassOn(news => news.Reported = bytes);

    /// <summary>
    /// The call during which it had too much memory has ended: a verdict on its present memory follows, Soft or Cleared, within a third of
    /// a second if there is a processor for it.
    /// </summary>
    public void LookAgain() => PassOn(static news => news.LookAgain = true);

    /// <summary>Judges by other limits from the next reading on.</summary>
    public void Adopt(SamplingPlan plan) => PassOn(news => news.Plan = plan);

    /// <summary>The worker has collected its garbage, as requested.</summary>
    public void Collected() => PassOn(static news => news.Collected = true);

    /// <summary>
    /// Reads its resident memory and processor time on the caller's thread, unless the last reading is recent. Only the sampler reads child
    /// processes and judges limits.
    /// </summary>
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
            close = !_disposed && !_sampling; // else the sampler's thread closes what it is using
            _disposed = true;
        }
        if (close)
        {
            _reader.Dispose();
        }
    }

    /// <summary>
    /// For the sampler's thread: returns whether its exact reading is so old that it should be repeated for that reason alone.
    /// </summary>
    public bool IsDueForRefresh(TimeSpan now) => _memory.IsReadyAndForked && _memory.IsStale(now, s_refreshEvery);

    /// <summary>
    /// For the sampler's thread: reads, judges and raises events. Returns the time until the next sample; null for never.
    /// </summary>
    /// <param name="now">The time on the sampler's clock.</param>
    /// <param name="refresh">Reads exactly, whether it matters or not.</param>
    public TimeSpan? Sample(TimeSpan now, bool refresh)
    {
        if (!Begin())
        {
            return null;
        }
        bool isRead = false;
        ProcessUsage? usage = null;
        MemoryVerdict verdict = MemoryVerdict.None;
        try
        {
            isRead = _readings.Read(now, refresh, out usage);
            verdict = isRead ? _memory.Decide(now) : verdict;
        }
        finally
        {
            End(isRead, usage, now);
        }
        if (!isRead)
        {
            return null;
        }
        _hasNews = true;
        Tell(verdict, usage?.CpuTime);
        TimeSpan next = _memory.NextLook();
        return next < Interval ? next : Interval;
    }

    /// <summary>For the sampler's thread: reports a new reading, once.</summary>
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
            if (_news.Plan is { } plan)
            {
                _news.Plan = null;
                _readings.Adopt(plan);
            }
            _news.Tell(_memory);
            return true;
        }
    }

    private void End(bool isRead, ProcessUsage? usage, TimeSpan now)
    {
        bool close;
        lock (_gate)
        {
            _sampling = false;
            if (isRead)
            {
                _last.Note(now, _memory.Reading, usage);
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
