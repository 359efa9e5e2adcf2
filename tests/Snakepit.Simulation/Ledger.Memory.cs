using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Workers that had too much memory, and whether they still have it when their calls are over.</content>
internal sealed partial class Ledger
{
    /// <summary>Records that a worker has too much memory.</summary>
    /// <returns>True when a second look found it. For a worker that serves, the first report only asks for a second look.</returns>
    private bool IsSecondLook(WorkerRecord worker)
    {
        if (worker.ServingSince < 0 || worker.DrainingSince >= 0 || worker.WasKilled || ShutdownAt >= 0)
        {
            return true;
        }
        bool wasAsked = worker.LookSince >= 0;
        worker.LookSince = -1;
        worker.NeedsLook = !wasAsked;
        return wasAsked;
    }

    private static void ForgetLook(WorkerRecord worker)
    {
        worker.Limits.Remove(Reason.MemoryThreshold);
        worker.LookSince = -1;
        worker.NeedsLook = false;
    }

    /// <summary>Ends the looks that took too long, and all looks of a pool that ends.</summary>
    private void EndLooks(KernelStep input)
    {
        bool isEnd = input is { Kind: StepKind.Command, Command.Kind: CommandKind.Shutdown };
        foreach (WorkerRecord worker in Workers.Values)
        {
            if (isEnd)
            {
                worker.NeedsLook = false;
            }
            if (worker.LookSince >= 0 && (isEnd || (input.Kind == StepKind.Tick && input.Now >= worker.LookSince + plan.Frequency)))
            {
                worker.LookSince = -1;
            }
        }
    }
}
