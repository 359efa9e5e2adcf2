using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Pools whose size follows their load.</content>
internal sealed partial class Invariants
{
    private void Scale_the_size_is_between_the_least_and_the_greatest(Observation step)
    {
        int size = step.After.Target;
        if (plan.IsScaling && !step.After.Closing && (size < plan.MinSize || size > plan.MaxSize))
        {
            throw Broken($"the pool is to have {size} workers, not {plan.MinSize} to {plan.MaxSize}");
        }
        if (!plan.IsScaling && step.Effects.Any(static e => e.Kind == EffectKind.PoolScaled))
        {
            throw Broken("the size of a pool without a range has changed by itself");
        }
    }

    private static void Scale_only_idle_workers_without_sessions_go(Observation step)
    {
        if (!step.Effects.Any(static e => e is { Kind: EffectKind.PoolScaled, SizeReason: SizeReason.Idle }))
        {
            return;
        }
        foreach (Effect effect in step.Effects.Where(static e => e is { Kind: EffectKind.WorkerDraining, Reason: Reason.Resized }))
        {
            if (Observation.Find(step.After, effect.Worker) is { Load: > 0 } or { Sessions: > 0 })
            {
                throw Broken($"{effect.Worker} goes with calls or sessions, because the pool shrinks by itself");
            }
        }
    }

    private static void Scale_a_pool_that_has_grown_shrinks_only_after_its_patience(Observation step)
    {
        foreach (Effect effect in step.Effects)
        {
            if (effect is { Kind: EffectKind.PoolScaled, SizeReason: SizeReason.Idle }
                && step.Ledger.GrownAt > 0 && step.Now - step.Ledger.GrownAt < step.Ledger.LeastPatience)
            {
                long after = step.Now - step.Ledger.GrownAt;
                throw Broken($"the pool shrinks {after} after it has grown, {step.Ledger.LeastPatience} is its patience");
            }
        }
    }

    /// <summary>A pool grows for a call that waits too long, unless it has just grown, or has no room.</summary>
    private void Scale_a_call_that_waits_too_long_has_the_pool_grow(Observation step)
    {
        Ledger ledger = step.Ledger;
        bool mayGrow = plan.IsScaling && !step.After.Closing && step.After.Target < plan.MaxSize && !ledger.HasNoMemory
            && step.After.Target + plan.Spares < ledger.Allowance.Workers;
        if (!mayGrow || step.Input.Kind != StepKind.Tick || step.NextWake <= step.Now
            || !ledger.Calls.TryGetValue(step.After.NextCall, out CallRecord? waiting))
        {
            return;
        }
        long rest = Math.Max(plan.ScaleDelay, ledger.LongestStart);
        if (step.Now - waiting.QueuedAt > plan.ScaleDelay + rest + Grain && step.Now - ledger.GrownAt > rest + Grain
            && step.Now - ledger.ShortSince > rest + Grain)
        {
            throw Broken($"{waiting.Key} waits since {waiting.QueuedAt}, and the pool stays at {step.After.Target}");
        }
    }
}
