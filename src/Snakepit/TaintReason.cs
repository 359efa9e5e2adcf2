namespace Snakepit;

/// <summary>Why a place gets no calls for a time.</summary>
public enum TaintReason
{
    /// <summary>A worker in it, or on its device, died of something that <see cref="CrashOptions.TaintOn"/> names.</summary>
    WorkerDied,

    /// <summary><see cref="IWorkerPool.Taint"/> or <see cref="IWorkerPool.TaintDevice"/> was called.</summary>
    Manual,
}
