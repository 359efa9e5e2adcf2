using Snakepit.Lifecycle;

namespace Snakepit.Tests.Lifecycle;

internal sealed class RecordingTarget : ISampled
{
    public List<MemoryVerdict> Verdicts { get; } = [];

    public List<TimeSpan> CpuTimes { get; } = [];

    public int Samples { get; private set; }

    public Action? OnTold { get; set; }

    public void OnVerdict(MemoryVerdict verdict, in MemoryReading reading)
    {
        Verdicts.Add(verdict);
        OnTold?.Invoke();
    }

    public void OnCpuTimeExceeded(TimeSpan used) => CpuTimes.Add(used);

    public Action? OnSample { get; set; }

    public void OnSampled()
    {
        Samples++;
        OnSample?.Invoke();
    }
}
