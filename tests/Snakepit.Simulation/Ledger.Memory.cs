using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Workers that had too much memory, and whether they have it still when their calls are over.</content>
internal sealed partial class Ledger
{
    /// <summary>News of too much memory.</summary>
    /// <returns>Whether it is what a second look has found. The first only asks for one, if the worker serves.</returns>
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

    /// <summary>Looks that took too long, and those of a pool that ends, are not waited for.</summary>
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
