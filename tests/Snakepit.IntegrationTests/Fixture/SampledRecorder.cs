using Snakepit.Lifecycle;

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>Records a sampler's verdicts about one process and lets tests wait for later ones.</summary>
internal sealed class SampledRecorder : ISampled
{
    private readonly Recorder<Sample> _samples = new();
    private readonly Recorder<Told> _verdicts = new();
    private int _number;

    public IEnumerable<MemoryVerdict> Verdicts => _verdicts.All.Select(static told => told.Verdict);

    public TaskCompletionSource<TimeSpan> CpuTime { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public async Task<MemoryReading> ToldAsync(MemoryVerdict verdict) =>
        (await _verdicts.FirstAsync(told => told.Verdict == verdict)).Reading;

    /// <summary>Completes after a later sample at which the condition holds.</summary>
    public Task UntilAsync(Func<bool> condition)
    {
        int next = Volatile.Read(ref _number);
        return _samples.FirstAsync(sample => sample.Number > next && condition());
    }

    /// <summary>Completes after the given number of further samples.</summary>
    public Task PassAsync(int samples)
    {
        int last = Volatile.Read(ref _number) + samples;
        return _samples.FirstAsync(sample => sample.Number >= last);
    }

    public void OnVerdict(MemoryVerdict verdict, in MemoryReading reading) => _verdicts.Add(new Told(verdict, reading));

    public void OnCpuTimeExceeded(TimeSpan used) => CpuTime.TrySetResult(used);

    public void OnSampled() => _samples.Add(new Sample(Interlocked.Increment(ref _number)));

    private sealed record Told(MemoryVerdict Verdict, MemoryReading Reading);

    private sealed record Sample(int Number);
}
