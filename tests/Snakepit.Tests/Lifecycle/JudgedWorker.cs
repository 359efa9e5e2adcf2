using Snakepit.Lifecycle;

namespace Snakepit.Tests.Lifecycle;

/// <summary>A simulated worker and the judge of its memory. Sizes are in MiB, times in milliseconds.</summary>
internal sealed class JudgedWorker
{
    private const long MiB = 1 << 20;
    private static readonly long s_pagesPerMiB = MiB / Environment.SystemPageSize;

    private readonly MemoryJudge _judge;
    private TimeSpan _nextLook;
    private long _lastOwn;
    private long _faults;

    public JudgedWorker(long? soft = null, long? hard = null, int interval = 250)
    {
        _judge = new MemoryJudge(new SamplingPlan(TimeSpan.FromMilliseconds(interval), soft * MiB, hard * MiB));
    }

    /// <summary>The private pages that the worker has allocated by a time.</summary>
    public Func<int, long> Own { get; set; } = static _ => 10;

    /// <summary>The pages of its zygote that the worker has not written to.</summary>
    public long Zygote { get; set; }

    /// <summary>The pages of its zygote that the worker has written to, and that are therefore private now.</summary>
    public long Copied { get; set; }

    /// <summary>True when the zygote and all siblings that shared its pages have ended.</summary>
    public bool IsAlone { get; set; }

    public long Members { get; set; }

    /// <summary>The delay of the reading that is due at a time.</summary>
    public Func<int, int> Late { get; init; } = static _ => 0;

    public bool IsForked { get; init; }

    public bool TellsPrivate { get; init; } = true;

    public int ExactReadings { get; private set; }

    public int Now { get; private set; }

    public List<(int At, MemoryVerdict Verdict)> Verdicts { get; } = [];

    public List<int> Looks { get; } = [];

    public MemoryReading Reading => _judge.Reading;

    public MemoryJudge Judge => _judge;

    /// <summary>Makes the worker ready and reads its memory once.</summary>
    public JudgedWorker BecomeReady()
    {
        _judge.TakeBaseline(IsForked);
        Look();
        return this;
    }

    /// <summary>Copies pages of the zygote by writing to them.</summary>
    public void Copy(long megabytes)
    {
        Copied += megabytes;
        _faults += megabytes * s_pagesPerMiB;
    }

    /// <summary>Reads the memory whenever the judge asks for it, until <paramref name="end"/>.</summary>
    public void RunTo(int end)
    {
        for (; _nextLook.TotalMilliseconds <= end; Look())
        {
            Now = Math.Max(Now, (int)_nextLook.TotalMilliseconds);
        }
        Now = end;
    }

    public void Look()
    {
        TimeSpan now = TimeSpan.FromMilliseconds(Now);
        long own = Own(Now);
        _faults += Math.Max(0, own - _lastOwn) * s_pagesPerMiB;
        _lastOwn = own;
        _judge.Observe((own + Zygote) * MiB);
        _judge.ObserveMembers(Members > 0, Members * MiB, Members * MiB);
        if (_judge.NeedsFaults)
        {
            _judge.ObserveFaults(_faults);
        }
        if (_judge.WantsCalibration(now))
        {
            ExactReadings++;
            if (IsForked)
            {
                _judge.ObserveFaults(_faults);
            }
            _judge.Calibrate(now, TellsPrivate ? (own + (IsAlone ? Zygote : Copied)) * MiB : null);
        }
        MemoryVerdict verdict = _judge.Decide(now);
        if (verdict != MemoryVerdict.None)
        {
            Verdicts.Add((Now, verdict));
        }
        Looks.Add(Now);
        _nextLook = now + _judge.NextLook() + TimeSpan.FromMilliseconds(Late(Now));
    }
}
