using Snakepit.Processes;

namespace Snakepit.Lifecycle;

/// <summary>
/// Reads one worker's process, each value only as often as it is useful, and passes the values to its judges. For the sampler's thread.
/// </summary>
internal sealed class ProcessReadings(
    IProcessReader reader, GroupMembers members, MemoryJudge memory, CpuTimeJudge cpu, SamplingPace pace)
{
    // Page faults, and processor time near its limit.
    private static readonly TimeSpan s_usageEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_familyEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_swapEvery = TimeSpan.FromSeconds(30);

    private TimeSpan _usageAt;
    private TimeSpan _usagePause = cpu.IsWanted ? TimeSpan.Zero : TimeSpan.MaxValue;
    private TimeSpan _nextFamily;
    private TimeSpan _nextSwap;

    /// <summary>The current interval between samples of the worker.</summary>
    public TimeSpan Interval => pace.Interval;

    /// <summary>Reads and judges by another plan from now on.</summary>
    public void Adopt(SamplingPlan plan)
    {
        memory.Adopt(plan);
        cpu.Adopt(plan);
        pace.Adopt(plan);
    }

    /// <returns>Whether the process exists.</returns>
    /// <param name="now">The time on the sampler's clock.</param>
    /// <param name="refresh">Reads exactly, whether it matters or not.</param>
    /// <param name="usage">The usage; null when it was not read this time.</param>
    public bool Read(TimeSpan now, bool refresh, out ProcessUsage? usage)
    {
        usage = null;
        if (!reader.TryReadResident(out long resident))
        {
            return false;
        }
        memory.Observe(resident);
        ReadSeldom(now);
        members.Sample();
        memory.ObserveMembers(members.Any, members.Bytes, members.AtMost);
        if (now - _usageAt >= (memory.NeedsFaults ? s_usageEvery : _usagePause))
        {
            usage = ReadUsage();
            TimeSpan pause = cpu.PauseAfter(usage?.CpuTime);
            (_usageAt, _usagePause) = (now, pause > s_usageEvery ? pause : s_usageEvery);
        }
        if (memory.WantsCalibration(now) || refresh)
        {
            long? privateBytes = reader.ReadPrivate(memory.IsForked);
            usage = memory.IsForked ? ReadUsage() : usage;
            memory.Calibrate(now, privateBytes);
        }
        if (members.Any && memory.CouldMatter)
        {
            members.Calibrate(now);
            memory.ObserveMembers(true, members.Bytes, members.AtMost);
        }
        pace.Note(now, usage?.CpuTime);
        return true;
    }

    private ProcessUsage? ReadUsage()
    {
        if (!reader.TryReadUsage(out ProcessUsage usage))
        {
            return null;
        }
        memory.ObserveFaults(usage.Faults);
        return usage;
    }

    private void ReadSeldom(TimeSpan now)
    {
        if (now >= _nextSwap)
        {
            memory.NoteSwap(reader.ReadSwap());
            _nextSwap = now + s_swapEvery;
        }
        if (!members.HadAny && now >= _nextFamily)
        {
            members.HadAny = reader.HasChildren();
            _nextFamily = now + s_familyEvery;
        }
    }
}
