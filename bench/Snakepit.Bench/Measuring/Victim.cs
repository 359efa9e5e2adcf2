using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Measuring;

/// <summary>Sends signals to workers.</summary>
internal static class Victim
{
    public const int Stop = 19;

    /// <summary>Signals a worker, and never another process that has its number by now. Returns false when the worker has ended.</summary>
    public static bool Signal(IWorkerPool pool, WorkerSnapshot victim, int signal)
    {
        using var process = new Descriptor(Libc.PidfdOpen(victim.Pid));
        return !process.IsInvalid
            && pool.GetSnapshot().Workers.Any(worker => worker.Id == victim.Id && worker.State != WorkerState.Exited)
            && Libc.PidfdSendSignal(process.Number, signal) == 0;
    }
}
