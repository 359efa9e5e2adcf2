using Snakepit.Processes.Interop.Linux;

namespace Snakepit.Bench.Measuring;

/// <summary>Signals to workers.</summary>
internal static class Victim
{
    public const int Stop = 19;

    /// <summary>Signals a worker, and nobody who has got its number since; false when it has ended.</summary>
    public static bool Signal(IWorkerPool pool, WorkerSnapshot victim, int signal)
    {
        using var process = new Descriptor(Libc.PidfdOpen(victim.Pid));
        return !process.IsInvalid
            && pool.GetSnapshot().Workers.Any(worker => worker.Id == victim.Id && worker.State != WorkerState.Exited)
            && Libc.PidfdSendSignal(process.Number, signal) == 0;
    }
}
