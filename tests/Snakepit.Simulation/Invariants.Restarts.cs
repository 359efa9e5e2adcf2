using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>L15, L16: how long a start may take, and how soon a failed start is tried again.</content>
internal sealed partial class Invariants
{
    private const int MaxUnproven = 4;

    private void L15_starts_are_bounded(Observation step)
    {
        int starting = CountStarting(step);
        if (_starting.IsExceeded(starting, plan.MaxConcurrentStarts))
        {
            throw Broken($"{starting} workers start at once, the limit is {plan.MaxConcurrentStarts}");
        }
        if (FailsNow(step))
        {
            return; // the next launch is judged
        }
        foreach (WorkerKey launched in step.Ledger.Launches)
        {
            (long time, FailureRow? row) = step.Ledger.NextStartIn(launched.Slot, step.Now);
            if (row is not null && step.Now < time)
            {
                throw Broken(
                    $"{launched} was started {step.Now - row.LastAt} after failure {row.Failures} of {row.Slots} slots " +
                    $"by {row.Reason} {row.Cause}, {time - step.Now} too soon");
            }
        }
    }

    /// <summary>The time of a start runs from its turn on; a start may wait for its turn without a limit.</summary>
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
            if (step.Ledger.Workers[worker.Key].WasKilled)
            {
                if (step.NextWake > step.Now + plan.KillTimeout)
                {
                    throw Broken($"{worker.Key} was killed, and its end is waited for without a bound");
                }
                continue; // the exit will tell where the start hung
            }
            long end = begunAt + plan.BootTimeout;
            if (begunAt >= 0 && (step.NextWake > end || (step.Input.Kind == StepKind.Tick && step.Now >= end)))
            {
                throw Broken($"{worker.Key}, begun at {begunAt}, is not ready, and its start may go on");
            }
        }
    }

    /// <summary>A pool that lacks something that every worker needs starts nothing and lets no call wait for it.</summary>
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

    /// <summary>
    /// Few workers start at once while none has become ready since the last loss, fewer with each start that has failed since, and one
    /// at a time in a pool that has never worked.
    /// </summary>
    private void L15_few_starts_find_out_for_all(Observation step)
    {
        int useless = step.Ledger.Rows
            .Where(row => !Ledger.IsBrake(row.Reason) && !row.SaysNothing && row.LastAt < step.Now && step.Now <= row.EarliestEnd)
            .Sum(static row => row.Failures);
        int limit = useless > 0 ? step.Ledger.EverReady ? Math.Max(1, MaxUnproven - useless) : 1
            : step.Ledger.DoubtedAt < step.Now ? MaxUnproven
            : int.MaxValue;
        int starting = step.After.Workers.Count(w => IsStarting(w) && !MayHang(step.Ledger.Workers[w.Key]));
        if (step.Ledger.Launches.Count > 0 && starting > limit)
        {
            throw Broken($"{starting} workers start at once, where {limit} would find out");
        }

        bool MayHang(WorkerRecord worker) => worker.BegunAt >= 0 && step.Now >= worker.BegunAt + plan.Frequency;
    }

    /// <summary>
    /// A worker that is due is replaced in time if its replacement would start, although replacements of other slots cannot start.
    /// Each of those slots may have one turn before it, and the pause after that turn.
    /// </summary>
    private void L10_the_trouble_of_a_slot_is_its_own(Observation step)
    {
        bool hasTurn = step.Ledger.Allowance.Replacements > 0;
        if (isBroken is null || step.Ledger.StopsFirst || !hasTurn || step.After.Closing || step.Input.Kind != StepKind.Tick)
        {
            return;
        }
        int slots = step.After.Slots.Count;
        long turn = WorkerFate.LongestCalmStart + plan.DrainTimeout + (2 * plan.KillTimeout);
        long limit = ((1 + Enumerable.Range(0, slots).Count(isBroken)) * LongestPause) + (slots * turn);
        foreach (WorkerView worker in step.After.Workers.Where(w => w.Role == WorkerRole.Current && !isBroken(w.Key.Slot)))
        {
            long due = step.Ledger.Workers[worker.Key].DueSince;
            bool mayWait = worker.ReplaceReason is Reason.None or Reason.Manual || worker.ReplaceReason.Is(ReasonTrait.IsTriedFirst)
                || MayBeHeldBack(step, worker.Key.Slot, worker.ReplaceReason)
                || step.Ledger.IsTainted(worker.Key);
            if (due >= 0 && !mayWait && step.Now - Math.Max(due, step.Ledger.RoomSince) > limit)
            {
                throw Broken(
                    $"{worker.Key} is to be replaced for {worker.ReplaceReason} since {due}, its replacement would start, " +
                    $"and {limit} is enough for all");
            }
        }
    }

    /// <summary>
    /// A request to recycle ends with the first failed start after which the slot has to wait for longer, or when nothing happens any more.
    /// </summary>
    private void L10_a_request_ends_within_one_pause_and_one_start(Observation step)
    {
        bool fails = step.Effects.Any(static e => e.Kind == EffectKind.StartFailed);
        long firstPause = plan.InitialBackoff + (long)(plan.InitialBackoff * plan.Jitter);
        foreach (WorkerKey key in step.Ledger.OpenRecycleRequests)
        {
            bool waits = Observation.Find(step.After, key) is { Role: WorkerRole.Current }
                && Observation.Find(step.After, key.Slot, WorkerRole.Next) is null;
            if (!waits)
            {
                continue;
            }
            long nextStart = step.Ledger.NextStartIn(key.Slot, step.Now).Time;
            if (fails && nextStart > step.Now + firstPause)
            {
                throw Broken($"a start has failed, {key} is to wait until {nextStart}, and the request was not answered");
            }
            long end = Math.Max(step.Ledger.AskedAt(key), step.Ledger.ProgressAt) + plan.BootTimeout + plan.KillTimeout + LongestPause;
            if (step.Now > end && step.Input.Kind == StepKind.Tick)
            {
                throw Broken($"nothing has happened since {step.Ledger.ProgressAt}, and the request to recycle {key} is open");
            }
        }
    }

    private long LongestPause => plan.MaxBackoff + (long)(plan.MaxBackoff * plan.Jitter);

    private static int CountStarting(Observation step) => step.After.Workers.Count(IsStarting);

    private static bool IsStarting(WorkerView worker) =>
        worker.Role == WorkerRole.Next && worker.Phase is WorkerPhase.Launching or WorkerPhase.Booting;

    /// <summary>A worker whose replacements did not help is not replaced for the same reason before the pause is over.</summary>
    private static void L15_replacements_that_do_not_help_are_held_back(Observation step)
    {
        foreach (WorkerKey launched in FailsNow(step) ? [] : step.Ledger.Launches)
        {
            Reason reason = Observation.Find(step.After, launched.Slot, WorkerRole.Current)?.ReplaceReason ?? Reason.None;
            if (Ledger.IsBrake(reason) && step.Ledger.NextReplacementIn(launched.Slot, reason, step.Now) is var next && step.Now < next)
            {
                throw Broken($"{launched} was started for {reason} {next - step.Now} too soon after replacements that were of no use");
            }
        }
    }

    private static bool FailsNow(Observation step) => step.Effects.Any(static e => e.Kind
        is EffectKind.StartFailed
        or EffectKind.WorkerReady
        or EffectKind.WorkerExited
        or EffectKind.Kill
        or EffectKind.WorkerDraining);

    private bool MayBeHeldBack(Observation step, int slot, Reason reason) => Ledger.IsBrake(reason)
        && step.Ledger.Rows.Concat(step.Ledger.SlotRows.Where(own => own.Slot == slot).Select(static own => own.Row))
            .Any(row => row.Reason == reason && step.Now <= row.LastAt + LongestPause + Grain);

    private static bool MayBrake(Observation step) => step.Ledger.Rows.Exists(row =>
        Ledger.IsBrake(row.Reason) && step.Now <= row.LatestEnd + 1 && (row.Failures >= RestartLedger.Telling || row.IsUncertain));

    private static bool MustBrake(Observation step) => step.Ledger.Rows.Exists(row =>
        Ledger.IsBrake(row.Reason) && step.Now <= row.EarliestEnd && row.Failures >= RestartLedger.Telling);
}
