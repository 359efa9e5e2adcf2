namespace Snakepit;

/// <summary>Specifies why a slot gets no calls for a time.</summary>
public enum TaintReason
{
    /// <summary>A worker in the slot, or one that used the same device, died in a way that <see cref="CrashOptions.TaintOn"/>
    /// names.</summary>
    WorkerDied,

    /// <summary><see cref="IWorkerPool.Taint"/> or <see cref="IWorkerPool.TaintDevice"/> was called.</summary>
    Manual,
}
