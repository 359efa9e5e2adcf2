using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Lifecycle;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Tests how the memory and processor time of real processes are read and judged.</summary>
[Trait(TransportMode.Trait, TransportMode.Native)]
public sealed class SamplingTests : IntegrationTest
{
    private const long MiB = 1 << 20;

    // More samples than it takes until every occasional reading was made.
    private const int AFewSeconds = 12;

    private readonly SampledRecorder _recorder = new();

    [Fact(Timeout = Bound)]
    public async Task Leak_is_told_after_a_collection_and_a_spike_is_not()
    {
        Rig rig = await StartAsync("memory.py");
        // Half an interval must be longer than a spike on the slowest machine.
        SampledProcess worker = Watch(new SamplingPlan(TimeSpan.FromSeconds(1), SoftLimit: 100 * MiB), rig.OnlyWorker().Pid);
        worker.TakeBaseline(isForked: false);
        await _recorder.UntilAsync(() => worker.Reading?.Baseline > 0);

        Task passed = _recorder.PassAsync(samples: 4);
        while (!passed.IsCompleted || worker.Reading is not { } seen || seen.Peak - seen.Baseline < 100 * MiB)
        {
            await rig.CallAsync<object?>("spike", 150);
        }
        Assert.DoesNotContain(MemoryVerdict.Soft, _recorder.Verdicts);

        for (int i = 0; i < 3; i++)
        {
            await rig.CallAsync<object?>("keep", 40);
        }
        MemoryReading reading = await _recorder.ToldAsync(MemoryVerdict.Soft);
        Assert.Equal(MemoryVerdict.Collect, _recorder.Verdicts.First());
        Assert.InRange(reading.Current - reading.Baseline, 120 * MiB, 130 * MiB);
        Assert.Equal(reading.Baseline + (100 * MiB), reading.EffectiveSoftLimit);
    }

    [Fact(Timeout = Bound)]
    public async Task Memory_of_a_worker_without_limits_is_read_when_somebody_asks()
    {
        // A reading is never older than the interval, which is shorter than the call.
        Rig rig = await StartAsync("memory.py", static p => p.Memory.SampleInterval = TimeSpan.FromMilliseconds(50));
        await rig.UntilAsync(static snapshot => snapshot.Workers is [{ Memory: not null }]);

        await rig.CallAsync<object?>("keep", 300);

        Assert.InRange(rig.OnlyWorker().Memory!.Current.Bytes, 300 * MiB, 600 * MiB);
    }

    [Fact(Timeout = Bound)]
    public async Task Tool_that_leaves_memory_behind_is_found()
    {
        Rig rig = await StartAsync("memory.py", static p =>
            (p.Memory.SampleInterval, p.Memory.HardLimit) = (TimeSpan.FromMilliseconds(50), MemorySize.FromGiB(4)));
        for (int i = 0; i < 40; i++) // more than the tools that are told apart
        {
            await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>($"invented_{i}"));
        }
        var random = new Random(1);
        ToolStatistics[] tools;
        do
        {
            for (int calls = random.Next(4); calls > 0; calls--)
            {
                await rig.CallAsync<object?>("keep", 1);
            }
            await rig.CallAsync<object?>("spike", 0, 0.01);
            tools = [.. rig.Pool.GetToolStatistics().Where(static tool => tool.Tool is "keep" or "spike")];
        }
        while (tools is not [{ MemoryPerCall.Bytes: > 0 }, _]);

        Assert.Equal(["keep", "spike"], tools.Select(static tool => tool.Tool));
        Assert.InRange(tools[0].MemoryPerCall!.Value.Bytes, MiB / 2, 2 * MiB);
    }

    [Fact(Timeout = Bound)]
    public async Task Memory_of_a_worker_without_limits_is_in_the_metrics_when_they_are_collected()
    {
        await using ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory meters = services.GetRequiredService<IMeterFactory>();
        long memory = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Scope == meters && instrument.Name == TelemetryNames.ProcessMemory)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, bytes, _, _) => memory = bytes);
        listener.Start();
        Rig rig = await StartAsync(
            "memory.py", static p => p.Memory.SampleInterval = TimeSpan.FromMilliseconds(50), s => s.MeterFactory = meters);
        await rig.UntilAsync(static snapshot => snapshot.Workers is [{ Memory: not null }]);
        listener.RecordObservableInstruments();
        Assert.InRange(memory, 1, 300 * MiB);

        await rig.CallAsync<object?>("keep", 300);
        listener.RecordObservableInstruments();

        Assert.InRange(memory, 300 * MiB, 600 * MiB);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L14")]
    public async Task Report_of_a_worker_that_was_killed_tells_the_memory_that_it_had_last()
    {
        Gate gate = NewGate();
        Rig rig = await StartAsync("memory.py", static p => p.Call.CancelGrace = TimeSpan.FromMilliseconds(20));
        await rig.UntilAsync(static snapshot => snapshot.Workers is [{ Memory: not null }]);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        ValueTask call = rig.Pool.ExecuteAsync("take_and_hang", ToolArguments.Positional(300, gate.Path), null, cancelled.Token);
        await gate.ReadAsync();

        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await call);
        DeathReport report = (await rig.NextAsync<WorkerCrashedEvent>()).Report;
        Assert.InRange(report.Memory!.Value.Bytes, 300 * MiB, 600 * MiB);
        Assert.True(report.PeakMemory >= report.Memory);
        Assert.True(report.PeakResidentMemory >= report.Memory);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L14")]
    public async Task Report_of_a_worker_that_died_tells_the_memory_that_it_had_at_most()
    {
        Gate gate = NewGate();
        Rig rig = await StartAsync("memory.py");
        Task<object?> call = rig.CallAsync<object?>("take_and_hang", 300, gate.Path);
        await gate.ReadAsync();

        using (Pidfd worker = new(rig.Runtime.GetPool(Rig.OnlyPool).GetSnapshot().Workers.Single().Pid))
        {
            worker.Kill();
        }

        DeathReport report = (await Assert.ThrowsAsync<WorkerLostException>(() => call)).Report!;
        Assert.InRange(report.PeakResidentMemory!.Value.Bytes, 300 * MiB, 600 * MiB);
    }

    [Fact(Timeout = Bound)]
    public async Task Growth_in_the_middle_of_a_call_that_keeps_the_interpreter_breaks_the_hard_limit()
    {
        Rig rig = await StartAsync("memory.py");
        Gate gate = NewGate();
        SampledProcess worker = Watch(rig.OnlyWorker().Pid, hard: 200);
        worker.TakeBaseline(isForked: false);

        Task<int> call = rig.CallAsync<int>("take_and_wait", 300, gate.Path);
        MemoryReading reading = await _recorder.ToldAsync(MemoryVerdict.Hard);

        Assert.False(call.IsCompleted);
        Assert.Equal(200 * MiB, reading.HardLimit);
        gate.Release();
        await call;
    }

    [Fact(Timeout = Bound)]
    public async Task Memory_shared_with_a_zygote_counts_when_it_is_copied_and_not_when_the_zygote_ends()
    {
        Rig rig = await StartAsync("memory.py");
        Gate gate = NewGate();
        int[] forked = await rig.CallAsync<int[]>("fork_sharing", 300, gate.Path);
        SampledProcess child = Watch(forked[1], soft: 100, hard: 650);
        child.TakeBaseline(isForked: true);
        await _recorder.UntilAsync(() => child.Reading?.Baseline > 0);
        Assert.InRange(child.Reading!.Value.Current, 0, 30 * MiB);

        gate.Release(); // the child maps a segment
        await _recorder.PassAsync(AFewSeconds);
        Assert.InRange(child.Reading!.Value.Current, 0, 30 * MiB);

        await rig.CallAsync<object?>("end", forked[0]);
        child.ZygoteEnded();
        await _recorder.UntilAsync(() => child.Reading?.Baseline > 250 * MiB);
        await _recorder.PassAsync(AFewSeconds);
        Assert.Empty(_recorder.Verdicts);

        gate.Release(); // the child takes as much memory of its own
        await _recorder.ToldAsync(MemoryVerdict.Soft); // the child may not have all of it yet
        await _recorder.UntilAsync(() => child.Reading is { } now && now.Current - now.Baseline > 290 * MiB);
        MemoryReading reading = child.Reading!.Value;
        Assert.InRange(reading.Current - reading.Baseline, 290 * MiB, 330 * MiB);
        Assert.DoesNotContain(MemoryVerdict.Hard, _recorder.Verdicts);
    }

    [Fact(Timeout = Bound)]
    public async Task Pages_that_a_forked_process_copies_are_its_own()
    {
        Rig rig = await StartAsync("memory.py");
        Gate gate = NewGate();
        int[] forked = await rig.CallAsync<int[]>("fork_sharing", 200, gate.Path);
        SampledProcess child = Watch(forked[1], soft: 350, hard: 5_000);
        child.TakeBaseline(isForked: true);
        await _recorder.UntilAsync(() => child.Reading?.Baseline > 0);

        gate.Release(3); // a segment, which does not count; 200 MiB of its own; 200 MiB that it copies without becoming larger

        MemoryReading reading = await _recorder.ToldAsync(MemoryVerdict.Soft);
        Assert.InRange(reading.Current - reading.Baseline, 350 * MiB, 430 * MiB);
    }

    [Fact(Timeout = Bound)]
    public async Task Zygotes_end_that_nobody_told_of_is_not_judged_either()
    {
        Rig rig = await StartAsync("memory.py");
        int[] forked = await rig.CallAsync<int[]>("fork_sharing", 300, NewGate().Path);
        SampledProcess child = Watch(forked[1], soft: 100, hard: 200);
        child.TakeBaseline(isForked: true);
        await _recorder.UntilAsync(() => child.Reading?.Baseline > 0);

        await rig.CallAsync<object?>("end", forked[0]);
        await _recorder.PassAsync(AFewSeconds);

        Assert.Empty(_recorder.Verdicts);
    }

    [Fact(Timeout = Bound)]
    public async Task Child_processes_of_a_worker_count_until_they_end()
    {
        Rig rig = await StartAsync("memory.py");
        SampledProcess worker = Watch(rig.OnlyWorker().Pid, soft: 100, hard: 200);
        worker.TakeBaseline(isForked: false);
        await rig.CallAsync<object?>("keep", 50); // the child shares the memory, which counts once

        int one = await rig.CallAsync<int>("fork_keeping", 75);
        await _recorder.ToldAsync(MemoryVerdict.Soft);
        Assert.DoesNotContain(MemoryVerdict.Hard, _recorder.Verdicts);
        await rig.CallAsync<object?>("end", one);
        await _recorder.UntilAsync(() => worker.Reading?.Current < 100 * MiB);

        await rig.CallAsync<int>("fork_keeping", 180);
        MemoryReading reading = await _recorder.ToldAsync(MemoryVerdict.Hard);
        Assert.InRange(reading.Current, 200 * MiB, 280 * MiB);
    }

    [Fact(Timeout = Bound)]
    public async Task Shared_memory_that_a_worker_maps_is_not_its_own()
    {
        Rig rig = await StartAsync("memory.py");
        SampledProcess worker = Watch(rig.OnlyWorker().Pid, soft: 50, hard: 150);
        worker.TakeBaseline(isForked: false);

        await rig.CallAsync<object?>("keep_segment", 256);
        await _recorder.PassAsync(AFewSeconds);

        Assert.Empty(_recorder.Verdicts);
        Assert.InRange(worker.Reading!.Value.Peak, 1 * MiB, 50 * MiB);
    }

    [Fact(Timeout = Bound)]
    public async Task Processor_time_over_its_limit_is_told()
    {
        Rig rig = await StartAsync("memory.py");
        var plan = new SamplingPlan(TimeSpan.FromMilliseconds(250), MaxCpuTime: TimeSpan.FromMilliseconds(300));
        SampledProcess worker = Watch(plan, rig.OnlyWorker().Pid);

        while (!_recorder.CpuTime.Task.IsCompleted)
        {
            await rig.CallAsync<long>("burn", 1_000_000);
        }

        Assert.True(await _recorder.CpuTime.Task > TimeSpan.FromMilliseconds(300));
        Assert.True(worker.CpuTime >= await _recorder.CpuTime.Task);
    }

    private SampledProcess Watch(int pid, long? soft = null, long? hard = null) =>
        Watch(new SamplingPlan(TimeSpan.FromMilliseconds(250), soft * MiB, hard * MiB), pid);

    private SampledProcess Watch(SamplingPlan plan, int pid)
    {
        Sampler sampler = Own(Sampler.Create(TimeProvider.System, NullLogger.Instance));
        sampler.Start();
        return Own(sampler.Watch(pid, plan, _recorder));
    }
}
