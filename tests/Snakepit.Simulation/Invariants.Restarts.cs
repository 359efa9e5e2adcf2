using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>L15, L16: how long a start may take, and how fast what fails is tried again.</content>
internal sealed partial class Invariants
{
    private const int MaxUnproven = 4;

    private void L15_starts_are_bounded(Observation step)
    {
        int starting = CountStarting(step);
        if (starting > plan.MaxConcurrentStarts)
        {
            throw Broken($"{starting} workers start at once, the limit is {plan.MaxConcurrentStarts}");
        }
        if (FailsNow(step))
        {
            return; // judged by the next launch
        }
        foreach (FailureRow row in step.Ledger.Rows.Where(row => !Ledger.IsBrake(row.Reason) && step.Now < row.NextAt))
        {
            foreach (WorkerKey launched in step.Ledger.Launches)
            {
                throw Broken($"{launched} was started {step.Now - row.LastAt} after failure {row.Failures} by {row.Reason} {row.Cause}");
            }
        }
    }

    /// <summary>Its clock runs from its turn on; until then it may wait as long as it has to.</summary>
    private void L16_a_start_has_its_time(Observation step)
    {
        foreach (Effect kill in step.Effects.Where(static e => e is { Kind: EffectKind.Kill, Reason: Reason.BootTimeout }))
        {
            WorkerRecord killed = step.Ledger.Workers[kill.Worker];
            if (killed.BegunAt < 0 || step.Now < killed.BegunAt + plan.BootTimeout)
            {
                throw Broken($"{kill.Worker}, begun at {killed.BegunAt}, is killed for a start that takes too long");
            }
        }
        foreach (WorkerView worker in step.After.Workers.Where(static w => w.Phase is WorkerPhase.Launching or WorkerPhase.Booting))
        {
            long begunAt = step.Ledger.Workers[worker.Key].BegunAt;
            if (begunAt >= 0 && (step.NextWake > begunAt + plan.BootTimeout || (step.Input.Kind == StepKind.Tick && step.Now >= begunAt + plan.BootTimeout)))
            {
                throw Broken($"{worker.Key}, begun at {begunAt}, is not ready, and its start may go on");
            }
        }
    }

    /// <summary>Nobody waits for what is missing, and it is not looked for without a pause.</summary>
    private void L15_a_pool_that_lacks_something_says_so_and_starts_nothing(Observation step)
    {
        if (step.Ledger.MayStart || step.After.Closing)
        {
            return;
        }
        foreach (WorkerKey launched in step.Ledger.Launches)
        {
            throw Broken($"{launched} was started, and what it needs is not there");
        }
        if (step.Ledger.StartFailures > 0 && (step.After.State != PoolState.Failing || step.After.Queue.Count > 0))
        {
            throw Broken($"the pool is {step.After.State}, and {step.After.Queue.Count} calls wait for what is missing");
        }
    }

    /// <summary>While a cause stands one start at a time, and not many while none has worked since the last loss.</summary>
    private static void L15_few_starts_find_out_for_all(Observation step)
    {
        int limit = step.Ledger.Rows.Exists(row => !Ledger.IsBrake(row.Reason) && row.LastAt < step.Now && step.Now <= row.EarliestEnd) ? 1
            : step.Ledger.DoubtedAt < step.Now ? MaxUnproven
            : int.MaxValue;
        if (step.Ledger.Launches.Count > 0 && CountStarting(step) > limit)
        {
            throw Broken($"{CountStarting(step)} workers start at once, where {limit} would find out");
        }
    }

    private static int CountStarting(Observation step) =>
        step.After.Workers.Count(static w => w.Role == WorkerRole.Next && w.Phase is WorkerPhase.Launching or WorkerPhase.Booting);

    /// <summary>Whose replacements were of no use is not replaced for the same reason before the pause is over.</summary>
    private static void L15_replacements_that_do_not_help_are_held_back(Observation step)
    {
        foreach (WorkerKey launched in FailsNow(step) ? [] : step.Ledger.Launches)
        {
            Reason reason = Observation.Find(step.After, launched.Slot, WorkerRole.Current)?.Wanted ?? Reason.None;
            if (Ledger.IsBrake(reason) && step.Ledger.Rows.Find(row => row.Reason == reason) is { } row && step.Now < row.NextAt)
            {
                throw Broken($"{launched} was started for {reason} {step.Now - row.LastAt} after replacement {row.Failures} that was of no use");
            }
        }
    }

    private static bool FailsNow(Observation step) => step.Effects.Any(static e =>
        e.Kind is EffectKind.ReportStartFailed or EffectKind.ReportReady or EffectKind.ReportExited or EffectKind.Kill or EffectKind.ReportDraining);

    private bool MayBeHeldBack(Observation step, Reason reason) => Ledger.IsBrake(reason) && step.Ledger.Rows.Exists(row =>
        row.Reason == reason && step.Now <= row.LastAt + (plan.MaxBackoff * (1 + plan.Jitter)) + Grain);

    private static bool MayBrake(Observation step) => step.Ledger.Rows.Exists(row =>
        Ledger.IsBrake(row.Reason) && step.Now <= row.LatestEnd + 1 && (row.Failures >= RestartLedger.Telling || row.IsUncertain));

    private static bool MustBrake(Observation step) => step.Ledger.Rows.Exists(row =>
        Ledger.IsBrake(row.Reason) && step.Now <= row.EarliestEnd && row.Failures >= RestartLedger.Telling);
}
