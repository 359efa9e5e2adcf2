#pragma warning disable CA1822
namespace Snakepit.Lifecycle;

internal sealed record SamplingPlan(TimeSpan Interval, long? SoftLimit, long? HardLimit, TimeSpan? MaxCpuTime, bool ReadsCpu);

internal enum MemoryVerdict
{
    None,
    Collect,
    Soft,
    Hard,
    FreshOverLimit,
}

internal readonly record struct MemoryReading(long Current, long Peak, long Baseline, long? EffectiveSoftLimit, long? HardLimit);

internal interface ISampled
{
    void OnVerdict(MemoryVerdict verdict, in MemoryReading reading);

    void OnCpuTimeExceeded(TimeSpan used);

    void OnSampled();
}

internal sealed class SampledProcess : IDisposable
{
    public MemoryReading? Reading => null;

    public TimeSpan? CpuTime => null;

    public void TakeBaseline(bool isForked)
    {
    }

    public void ZygoteEnded()
    {
    }

    public void Report(long bytes)
    {
    }

    public void Dispose()
    {
    }
}

internal sealed class Sampler : IDisposable
{
    public SampledProcess Watch(int pid, SamplingPlan plan, ISampled target) => new();

    public void Dispose()
    {
    }
}
