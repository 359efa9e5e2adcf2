using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Lifecycle;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Lifecycle;

/// <summary>The sampler without its thread: the test advances the time and runs what is due.</summary>
public sealed class SamplerTests : IDisposable
{
    private const long MiB = 1 << 20;
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new();
    private readonly FakeProcesses _processes = new();
    private readonly FakeLogger _log = new();
    private readonly RecordingTarget _target = new();
    private readonly Sampler _sampler;
    private long? _free = 1_000;

    public SamplerTests() => _sampler = new Sampler(_time, _processes, () => _free, _log);

    public void Dispose() => _sampler.Dispose();

    [Fact]
    public void Worker_is_sampled_at_once_and_then_once_per_interval()
    {
        FakeProcess process = _processes.Add(7);
        process.Resident = 10 * MiB;
        using SampledProcess worker = _sampler.Watch(7, new SamplingPlan(s_interval), _target);
        Assert.Null(worker.Reading);

        Pass(TimeSpan.FromSeconds(1));

        Assert.Equal(5, process.Samples);
        Assert.Equal(5, _target.Samples);
        Assert.Equal(10 * MiB, worker.Reading!.Value.Current);
        Assert.Equal((0, 0), (process.ExactReadings, process.UsageReadings));
        Assert.Null(worker.CpuTime);
    }

    [Fact]
    public void Workers_that_came_at_different_times_are_sampled_together()
    {
        _processes.Add(7);
        _processes.Add(8);
        using SampledProcess one = _sampler.Watch(7, new SamplingPlan(s_interval), _target);
        Pass(TimeSpan.FromMilliseconds(100));
        using SampledProcess other = _sampler.Watch(8, new SamplingPlan(s_interval), _target);

        Assert.Equal(TimeSpan.FromMilliseconds(150), _sampler.Sample());
        _time.Advance(TimeSpan.FromMilliseconds(150));
        Assert.Equal(s_interval, _sampler.Sample());
        Assert.Equal((2, 2), (_processes[7].Samples, _processes[8].Samples));
    }

    [Fact]
    public void New_readings_are_told_when_all_workers_have_been_read()
    {
        _processes.Add(7);
        _processes.Add(8);
        List<(int, int)> readWhenTold = [];
        _target.OnSample = () => readWhenTold.Add((_processes[7].Samples, _processes[8].Samples));
        using SampledProcess one = _sampler.Watch(7, new SamplingPlan(s_interval), _target);
        using SampledProcess other = _sampler.Watch(8, new SamplingPlan(s_interval), _target);

        _sampler.Sample();

        Assert.Equal([(1, 1), (1, 1)], readWhenTold);
    }

    [Fact]
    public void Free_memory_and_workers_without_limits_are_read_together()
    {
        _sampler.FreeMemoryRead += static _ => { };
        _time.Advance(TimeSpan.FromSeconds(2.3));
        _processes.Add(7);
        using SampledProcess worker = _sampler.Watch(7, new SamplingPlan(TimeSpan.FromSeconds(15)), _target);

        int rounds = 1;
        for (TimeSpan wait = _sampler.Sample(); _sampler.Now + wait <= TimeSpan.FromMinutes(1); wait = _sampler.Sample())
        {
            _time.Advance(wait);
            rounds++;
        }

        Assert.Equal(5, _processes[7].Samples);
        Assert.Equal(13, rounds); // one at the start, then one every 5 s
    }

    [Fact]
    public void Step_is_told_as_a_collection_and_a_soft_limit()
    {
        FakeProcess process = _processes.Add(7);
        using SampledProcess worker = _sampler.Watch(7, new SamplingPlan(s_interval, SoftLimit: 100 * MiB), _target);
        worker.TakeBaseline(isForked: false);
        Pass(TimeSpan.FromSeconds(1));
        process.Resident = 150 * MiB;

        Pass(TimeSpan.FromMilliseconds(500));

        Assert.Equal([MemoryVerdict.Collect, MemoryVerdict.Soft], _target.Verdicts);
    }

    [Fact]
    public void Handle_may_be_disposed_by_a_callback_and_by_another_thread_during_a_sample()
    {
        FakeProcess process = _processes.Add(7);
        process.Resident = 150 * MiB;
        SampledProcess worker = _sampler.Watch(7, new SamplingPlan(s_interval, HardLimit: 100 * MiB), _target);
        _target.OnTold = worker.Dispose;
        FakeProcess second = _processes.Add(8);
        SampledProcess other = _sampler.Watch(8, new SamplingPlan(s_interval, HardLimit: 1), new RecordingTarget());
        second.OnRead = other.Dispose; // the reader is in use, so it is closed afterwards

        Pass(TimeSpan.FromSeconds(5));

        Assert.Equal([MemoryVerdict.Hard], _target.Verdicts);
        Assert.Equal((1, 1), (process.Disposals, second.Disposals));
        Assert.Equal(Timeout.InfiniteTimeSpan, _sampler.Sample());
    }

    [Fact]
    public void Process_that_has_ended_is_not_read_again_and_keeps_its_last_reading()
    {
        FakeProcess process = _processes.Add(7);
        process.Resident = 10 * MiB;
        SampledProcess worker = _sampler.Watch(7, new SamplingPlan(s_interval), _target);
        Pass(TimeSpan.Zero);
        process.HasEnded = true;

        Pass(TimeSpan.FromSeconds(5));

        Assert.Equal((2, 1), (process.Samples, _target.Samples));
        Assert.Equal(10 * MiB, worker.Reading!.Value.Current);
        worker.Dispose();
        Assert.Equal(1, process.Disposals);
    }

    [Fact]
    public void Processor_time_is_read_when_wanted_and_its_limit_told_once()
    {
        FakeProcess process = _processes.Add(7);
        using SampledProcess worker = _sampler.Watch(7, new SamplingPlan(s_interval, MaxCpuTime: TimeSpan.FromSeconds(2)), _target);
        process.Usage = new ProcessUsage(TimeSpan.FromSeconds(2), 0);
        Pass(s_interval);
        Assert.Empty(_target.CpuTimes);

        process.Usage = new ProcessUsage(TimeSpan.FromSeconds(3), 0);
        Pass(TimeSpan.FromSeconds(1));

        Assert.Equal([TimeSpan.FromSeconds(3)], _target.CpuTimes);
        Assert.Equal(TimeSpan.FromSeconds(3), worker.CpuTime);
    }

    [Fact]
    public void Processor_time_is_read_more_often_the_sooner_its_limit_could_be_reached()
    {
        FakeProcess process = _processes.Add(7);
        TimeSpan limit = TimeSpan.FromMinutes(1) * Environment.ProcessorCount;
        using SampledProcess worker = _sampler.Watch(
            7, new SamplingPlan(s_interval, MaxCpuTime: limit, CpuInterval: TimeSpan.FromSeconds(5)), _target);
        Pass(TimeSpan.FromSeconds(4.9));
        Assert.Equal(1, process.UsageReadings);

        process.Usage = new ProcessUsage(limit - TimeSpan.FromTicks(1), 0);
        Pass(TimeSpan.FromSeconds(0.2));
        Assert.Equal(2, process.UsageReadings);

        Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(6, process.UsageReadings);
    }

    [Fact]
    public void Processes_of_a_workers_session_count_from_the_next_scan_until_they_end()
    {
        FakeProcess process = _processes.Add(7);
        process.Resident = 10 * MiB;
        using SampledProcess worker = _sampler.Watch(7, new SamplingPlan(s_interval), _target);
        Pass(TimeSpan.FromSeconds(1));
        FakeProcess child = _processes.Add(70, session: 7);
        _processes.Add(71).Resident = 500 * MiB;
        child.Resident = 30 * MiB;
        process.Children = true;

        Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(40 * MiB, worker.Reading!.Value.Current);

        child.HasEnded = true;
        Pass(s_interval);
        Assert.Equal(10 * MiB, worker.Reading!.Value.Current);
        Assert.Equal(40 * MiB, worker.Reading!.Value.Peak);
    }

    [Fact]
    public void All_processes_are_looked_through_once_a_second_only_if_a_worker_has_had_children()
    {
        FakeProcess process = _processes.Add(7);
        using SampledProcess worker = _sampler.Watch(7, new SamplingPlan(s_interval), _target);
        Pass(TimeSpan.FromSeconds(9));
        Assert.Equal(1, _processes.Scans);

        process.Children = true;
        Pass(TimeSpan.FromSeconds(6));
        Assert.InRange(_processes.Scans, 6, 7);
    }

    [Fact]
    public void Children_of_a_worker_are_read_exactly_once_a_second_and_break_its_hard_limit()
    {
        _processes.Add(7).Resident = 10 * MiB;
        FakeProcess child = _processes.Add(70, session: 7);
        (child.Resident, child.Private) = (200 * MiB, 5 * MiB);
        using SampledProcess worker = _sampler.Watch(7, new SamplingPlan(s_interval, HardLimit: 100 * MiB), _target);

        Pass(TimeSpan.FromSeconds(10));
        Assert.Empty(_target.Verdicts);
        Assert.InRange(child.ExactReadings, 9, 11);

        child.Resident += 86 * MiB;
        Pass(s_interval);
        Assert.Equal([MemoryVerdict.Hard], _target.Verdicts);
    }

    [Fact]
    public void Missing_exact_readings_are_told_once()
    {
        _processes.TellsPrivateMemory = false;
        _processes.Add(7);
        using SampledProcess one = _sampler.Watch(7, new SamplingPlan(s_interval), _target);
        using SampledProcess other = _sampler.Watch(7, new SamplingPlan(s_interval), _target);

        Assert.Equal(EventIds.MemoryIsCoarse, Assert.Single(_log.Collector.GetSnapshot()).Id.Id);
    }

    [Fact]
    public void Callback_that_throws_costs_neither_the_others_nor_its_own_next_samples()
    {
        _processes.Add(7).Resident = 150 * MiB;
        _processes.Add(8);
        _target.OnTold = static () => throw new InvalidOperationException("no");
        using SampledProcess one = _sampler.Watch(7, new SamplingPlan(s_interval, HardLimit: 100 * MiB), _target);
        using SampledProcess other = _sampler.Watch(8, new SamplingPlan(s_interval), _target);

        Pass(TimeSpan.FromSeconds(1));

        Assert.Equal((5, 5), (_processes[7].Samples, _processes[8].Samples));
        Assert.Equal(EventIds.SamplingError, Assert.Single(_log.Collector.GetSnapshot()).Id.Id);
    }

    [Fact]
    [Trait("Rule", "L7")]
    public void Free_memory_is_told_every_five_seconds_while_someone_listens()
    {
        List<long> told = [];
        Pass(TimeSpan.FromSeconds(15));
        _sampler.FreeMemoryRead += told.Add;

        Pass(TimeSpan.FromSeconds(5));
        _free = null;
        Pass(TimeSpan.FromSeconds(5));
        _free = 500;
        Pass(TimeSpan.FromSeconds(5));
        _sampler.FreeMemoryRead -= told.Add;
        Pass(TimeSpan.FromSeconds(15));

        Assert.Equal([1_000, 1_000, 500], told);
    }

    [Fact]
    public void Worker_is_sampled_often_while_it_uses_processor_time_and_seldom_while_it_does_not()
    {
        FakeProcess process = _processes.Add(7);
        var plan = new SamplingPlan(TimeSpan.FromSeconds(15), CpuInterval: TimeSpan.FromSeconds(1), BusyInterval: TimeSpan.FromSeconds(1));
        using SampledProcess worker = _sampler.Watch(7, plan, _target);
        Pass(TimeSpan.FromSeconds(60));
        int idle = process.Samples;
        Assert.InRange(idle, 4, 6);

        long begun = _time.GetTimestamp();
        process.OnRead = () => process.Usage = new ProcessUsage(_time.GetElapsedTime(begun) / 10, 0); // a tenth of a processor
        Pass(TimeSpan.FromSeconds(15 + 30));
        Assert.InRange(process.Samples - idle, 30, 33);

        process.OnRead = null;
        Pass(TimeSpan.FromSeconds(2));
        int busy = process.Samples;
        Pass(TimeSpan.FromSeconds(60));
        Assert.InRange(process.Samples - busy, 3, 5);
    }

    [Fact]
    public void Refresh_reads_at_once_what_was_not_read_lately_and_remembers_the_peak()
    {
        FakeProcess process = _processes.Add(7);
        process.Resident = 10 * MiB;
        using SampledProcess worker = _sampler.Watch(7, new SamplingPlan(TimeSpan.FromSeconds(15)), _target);
        worker.Refresh(default);
        Assert.Null(worker.Reading); // the sampler takes the readings
        Pass(TimeSpan.FromSeconds(1));

        (process.Resident, process.Usage) = (600 * MiB, new ProcessUsage(TimeSpan.FromSeconds(3), 0));
        worker.Refresh(TimeSpan.FromSeconds(2));
        Assert.Equal(10 * MiB, worker.Reading!.Value.Current);
        worker.Refresh(TimeSpan.FromSeconds(1));
        Assert.Equal(
            (600 * MiB, 600 * MiB, 600 * MiB), (worker.Reading!.Value.Current, worker.Reading!.Value.Peak, worker.Reading!.Value.Resident));
        Assert.Equal(TimeSpan.FromSeconds(3), worker.CpuTime);

        process.Resident = 20 * MiB;
        Pass(TimeSpan.FromSeconds(30));
        Assert.Equal((20 * MiB, 600 * MiB), (worker.Reading!.Value.Current, worker.Reading!.Value.Peak));
    }

    [Fact]
    public void Refresh_of_one_that_has_ended_or_was_disposed_reads_nothing()
    {
        FakeProcess process = _processes.Add(7);
        process.Resident = 10 * MiB;
        SampledProcess worker = _sampler.Watch(7, new SamplingPlan(s_interval), _target);
        Pass(TimeSpan.FromSeconds(1));
        (process.Resident, process.HasEnded) = (0, true);

        worker.Refresh(default);
        worker.Dispose();
        process.HasEnded = false;
        worker.Refresh(default);

        Assert.Equal(10 * MiB, worker.Reading!.Value.Current);
    }

    [Fact]
    public void Sampling_allocates_nothing()
    {
        using var self = new Sampler(_time, new ProcessTable(), () => null, _log);
        using SampledProcess worker = self.Watch(
            Environment.ProcessId, new SamplingPlan(s_interval, 1L << 40, 1L << 40, TimeSpan.MaxValue, TimeSpan.Zero), _target);
        worker.TakeBaseline(isForked: true);

        Assert.Equal(0, Allocations.Of(() =>
        {
            _time.Advance(s_interval);
            self.Sample();
        }));
        Assert.NotNull(worker.CpuTime);
        Assert.True(worker.Reading!.Value.Current > 0);
    }

    /// <summary>Samples as the sampler's thread would.</summary>
    private void Pass(TimeSpan span)
    {
        DateTimeOffset end = _time.GetUtcNow() + span;
        while (true)
        {
            TimeSpan next = _sampler.Sample();
            if (next == Timeout.InfiniteTimeSpan || _time.GetUtcNow() + next > end)
            {
                _time.Advance(end - _time.GetUtcNow());
                return;
            }
            _time.Advance(next);
        }
    }
}
