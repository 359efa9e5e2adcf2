using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

internal enum TraceKind : byte
{
    None,
    Submit,
    Abandon,
    Reply,
    Recall,
    Signal,
    Exit,
    Command,
    Check,
    Tick,
}

/// <summary>One kernel step: ids and enums only, nothing a user said.</summary>
internal readonly record struct TraceStep(long At, TraceKind Kind, WorkerKey Worker, CallKey Call, int Detail);

/// <summary>The last 4,096 kernel steps of a pool.</summary>
internal sealed class KernelTrace
{
    private const int Capacity = 4_096;
    private readonly TraceStep[] _steps = new TraceStep[Capacity];
    private long _count;

    public void Add(long at, TraceKind kind, WorkerKey worker = default, CallKey call = default, int detail = 0) =>
        _steps[_count++ & (Capacity - 1)] = new TraceStep(at, kind, worker, call, detail);

    public IReadOnlyList<TraceStep> ToList()
    {
        int kept = (int)Math.Min(_count, Capacity);
        return [.. Enumerable.Range(0, kept).Select(i => _steps[(_count - kept + i) & (Capacity - 1)])];
    }
}
