using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

internal enum SimEventKind : byte
{
    /// <summary>Its start is let in.</summary>
    Begin,

    /// <summary>The process begins to exist, or fails to.</summary>
    Spawn,
    Boot,
    Deliver,
    Reply,

    /// <summary>Something the worker has said reaches the kernel.</summary>
    Word,
    Exit,

    /// <summary>An outsider kills the process.</summary>
    Murder,

    /// <summary>News reaches the kernel: late, or once more.</summary>
    News,
}

/// <summary>Something that happens in the model world at a later time.</summary>
internal readonly record struct SimEvent(SimEventKind Kind, WorkerKey Worker, CallKey Call = default, KernelStep? News = null);

/// <summary>The future, in order of time, then of planning.</summary>
internal sealed class SimEvents
{
    private readonly PriorityQueue<SimEvent, (long Time, long Order)> _queue = new();
    private long _order;

    public long NextTime => _queue.TryPeek(out _, out (long Time, long Order) priority) ? priority.Time : long.MaxValue;

    public void Add(long time, in SimEvent happening) => _queue.Enqueue(happening, (time, _order++));

    public SimEvent Take() => _queue.Dequeue();
}
