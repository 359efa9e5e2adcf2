namespace Snakepit.Processes;

/// <summary>The process table for workers without processes: their pids may belong to other processes.</summary>
internal sealed class NoProcesses : IProcessTable, IProcessReader
{
    public bool TellsPrivateMemory => true;

    public IProcessReader Open(int pid, bool isReadOften) => this;

    public bool TryReadResident(out long bytes)
    {
        bytes = 0;
        return false;
    }

    public bool TryReadUsage(out ProcessUsage usage)
    {
        usage = default;
        return false;
    }

    public bool TryReadNow(out long resident, out ProcessUsage? usage)
    {
        (resident, usage) = (0, null);
        return false;
    }

    public long? ReadPrivate(bool isForked) => null;

    public long ReadSwap() => 0;

    public bool HasChildren() => false;

    public void Scan(Action<ProcessFamily> visit)
    {
    }

    public void Dispose()
    {
    }
}
