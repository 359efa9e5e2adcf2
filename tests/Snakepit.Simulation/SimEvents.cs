using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

internal enum SimEventKind : byte
{
    /// <summary>The worker's turn to start comes.</summary>
    Begin,

    /// <summary>The process starts, or fails to start.</summary>
    Spawn,
    Boot,
    Deliver,
    Reply,

    /// <summary>A message of the worker reaches the kernel.</summary>
    Word,
    Exit,

    /// <summary>An outsider kills the process.</summary>
    Murder,

    /// <summary>An input reaches the kernel late or a second time.</summary>
    News,
}

/// <summary>A future event of the model world.</summary>
internal readonly record struct SimEvent(SimEventKind Kind, WorkerKey Worker, CallKey Call = default, KernelStep? News = null);

/// <summary>The future events, in order of time and then of planning.</summary>
internal sealed class SimEvents
{
    private readonly PriorityQueue<SimEvent, (long Time, long Order)> _queue = new();
    private long _order;

    public long NextTime => _queue.TryPeek(out _, out (long Time, long Order) priority) ? priority.Time : long.MaxValue;

    public void Add(long time, in SimEvent happening) => _queue.Enqueue(happening, (time, _order++));

    public SimEvent Take() => _queue.Dequeue();
}
