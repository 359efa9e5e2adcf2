using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>L12: signs of life and health checks of workers.</content>
internal sealed partial class Invariants
{
    private const int TickLateness = 48; // three ticks in a row may be late

    private void L12_an_idle_worker_that_gives_no_sign_of_life_is_killed(Observation step)
    {
        if (plan.PingInterval == 0 || step.Input.Kind != StepKind.Tick || step.After.Closing)
        {
            return;
        }
        long patience = Math.Max(plan.PingInterval, plan.LivenessTimeout) + plan.LivenessTimeout + Grain + TickLateness;
        foreach (WorkerView worker in step.After.Workers)
        {
            WorkerRecord record = step.Ledger.Workers[worker.Key];
            bool idle = worker is { Role: not WorkerRole.Leaving, Load: 0 };
            bool silent = record is { PingedAt: >= 0 } && step.Now >= record.PingedAt + plan.LivenessTimeout + TickLateness;
            bool unasked = record is { PingedAt: < 0, ReadyAt: >= 0 } && step.Now >= record.HeardAt + patience;
            if (idle && (silent || unasked))
            {
                throw Broken($"{worker.Key} has no calls, was last heard of at {record.HeardAt}, asked at {record.PingedAt}, and lives");
            }
        }
    }

    private void L12_nobody_is_killed_for_silence_too_early(Observation step)
    {
        foreach (Effect effect in step.Effects)
        {
            if (effect is not ({ Kind: EffectKind.Kill, Reason: Reason.Unresponsive } or { Kind: EffectKind.WorkerUnresponsive }))
            {
                continue;
            }
            WorkerRecord worker = step.Ledger.Workers[effect.Worker];
            bool busy = worker.Calls.Count > 0;
            long patience = plan.LivenessTimeout + (busy && effect.Kind == EffectKind.Kill ? plan.UnresponsiveTimeout : 0);
            bool mayKill = !busy || plan.UnresponsiveTimeout > 0;
            if (worker.PingedAt < 0 || step.Now < worker.PingedAt + patience || (effect.Kind == EffectKind.Kill ? !mayKill : !busy))
            {
                throw Broken(
                    $"{effect.Kind} of {effect.Worker} with {worker.Calls.Count} calls, asked for a sign of life at {worker.PingedAt}");
            }
        }
    }

    private void L12_a_check_is_for_one_idle_worker_and_no_request(Observation step)
    {
        foreach (SendFact send in step.Ledger.Sends)
        {
            WorkerKey target = send.Call.CheckOf;
            bool isOwn = step.Input.Kind is StepKind.SubmitCheck or StepKind.SubmitMove;
            if (!target.IsNone && (target != send.Worker.Key || send.Ahead > 0 || !isOwn))
            {
                throw Broken($"{send.Call.Key} checks {target} and was sent to {send.Worker.Key} behind {send.Ahead} calls");
            }
        }
        foreach (CallKey key in step.After.Queue)
        {
            if (step.Ledger.Calls.TryGetValue(key, out CallRecord? call) && !call.CheckOf.IsNone)
            {
                throw Broken($"{key} checks {call.CheckOf} and waits in the queue");
            }
        }
        if (step.Input.Kind is StepKind.SubmitCheck or StepKind.SubmitMove
            && step.After.Counts with { Recycled = 0 } != step.Before.Counts with { Recycled = 0 })
        {
            throw Broken("a check counts as a request");
        }
        foreach (Effect effect in step.Effects)
        {
            if (effect.Kind != EffectKind.CheckHealth)
            {
                continue;
            }
            WorkerRecord worker = step.Ledger.Workers[effect.Worker];
            bool wasBusy = worker.Calls.Count > step.Ledger.Sends.Count(s => s.Worker == worker); // calls of this step came after the check
            if (plan.CheckInterval == 0 || !worker.CanCheck || wasBusy || step.Now < worker.ServingSince + plan.CheckInterval)
            {
                throw Broken(
                    $"{effect.Worker} is to be checked, with {worker.Calls.Count} calls, " +
                    $"{step.Now - worker.ServingSince} after it began to serve");
            }
        }
    }
}
