using Snakepit.Processes;

namespace Snakepit.Tests.Lifecycle;

internal sealed class FakeProcess : IProcessReader
{
    public long Resident { get; set; }

    /// <summary>The private memory; null stands for the resident memory.</summary>
    public long? Private { get; set; }

    public long Swap { get; set; }

    public ProcessUsage Usage { get; set; }

    public bool Children { get; set; }

    public bool HasEnded { get; set; }

    public int Session { get; init; }

    public int Disposals { get; private set; }

    public int Samples { get; private set; }

    public int UsageReadings { get; private set; }

    public int ExactReadings { get; private set; }

    public Action? OnRead { get; set; }

    public bool TryReadResident(out long bytes)
    {
        Assert.Equal(0, Disposals);
        OnRead?.Invoke();
        Samples++;
        bytes = Resident;
        return !HasEnded;
    }

    public bool TryReadUsage(out ProcessUsage usage)
    {
        UsageReadings++;
        usage = Usage;
        return !HasEnded;
    }

    public bool TryReadNow(out long resident, out ProcessUsage? usage)
    {
        Assert.Equal(0, Disposals);
        (resident, usage) = (Resident, Usage);
        return !HasEnded;
    }

    public long? ReadPrivate(bool isForked)
    {
        Assert.Equal(0, Disposals);
        ExactReadings++;
        return Private ?? Resident;
    }

    public long ReadSwap() => Swap;

    public bool HasChildren() => Children;

    public void Dispose() => Disposals++;
}
