using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Calls that only one worker may run: no other worker gets them, and they delay no other calls.</content>
internal sealed partial class Invariants
{
    private void Bound_a_call_goes_to_its_worker_in_its_turn(Observation step)
    {
        foreach (SendFact send in step.Ledger.Sends.Where(send => step.Ledger.IsBound(send.Call)))
        {
            if (send.Worker.Key != step.Ledger.TargetOf(send.Call) || send.Ahead >= plan.Capacity)
            {
                WorkerKey target = step.Ledger.TargetOf(send.Call);
                throw Broken($"{send.Call.Key} is for {target} and was sent to {send.Worker.Key} behind {send.Ahead} calls");
            }
            // A call that binds its session had its turn in the queue, and the others of the session wait for the worker since then.
            bool binds = step.Ledger.SessionSends.Exists(s => s.Call == send.Call && s.Home is null);
            if (!binds && BoundTo(step, send.Worker.Key).Any(
                waiting => waiting.Order < send.Call.Order && !IsBoundLater(step, waiting, send.Call)))
            {
                throw Broken($"{send.Call.Key} was sent to {send.Worker.Key} before a call that came first");
            }
        }
    }

    /// <summary>Returns whether a call waits for its worker since another one of its session was sent in this step, after a given
    /// one.</summary>
    private static bool IsBoundLater(Observation step, CallRecord waiting, CallRecord sent)
    {
        SimSession? session = step.Ledger.SessionOf(waiting);
        int binding = step.Ledger.SessionSends.FindIndex(one => one.Session == session && one.Home is null);
        return binding >= 0 && IndexOf(step.Ledger.SessionSends[binding].Call) > IndexOf(sent);

        int IndexOf(CallRecord call) => step.Ledger.Sends.FindIndex(one => one.Call == call);
    }

    private void Bound_a_call_waits_for_nothing_but_its_worker(Observation step)
    {
        foreach (WorkerView worker in step.After.Workers)
        {
            WorkerRecord record = step.Ledger.Workers[worker.Key];
            bool mayTake = RunsBound(worker) && worker is { Gives: false, Moves: false }
                && record is { WasKilled: false, NeedsLook: false, LookSince: < 0 }
                && !step.Ledger.IsTainted(worker.Key) && worker.OpenCalls == worker.Load && worker.Load < plan.Capacity
                && !IsExhausted(worker.Requests)
                && (plan.MaxConcurrent == 0 || step.Ledger.Running < plan.MaxConcurrent);
            if (mayTake && BoundTo(step, worker.Key).FirstOrDefault() is { } waiting)
            {
                throw Broken($"{waiting.Key} waits for {worker.Key}, which has room");
            }
        }
    }

    private void Bound_a_call_is_over_with_its_worker(Observation step)
    {
        foreach (CallRecord call in step.Ledger.Calls.Values)
        {
            if (call is { IsOver: false, Worker: null } && step.Ledger.TargetOf(call) is { IsNone: false } target
                && !RunsBound(Observation.Find(step.After, target)))
            {
                throw Broken($"{call.Key} waits for {target}, which is gone");
            }
        }
    }

    private static bool RunsBound(WorkerView? worker) => worker is { Phase: WorkerPhase.Serving or WorkerPhase.Draining };

    private static IEnumerable<CallRecord> BoundTo(Observation step, WorkerKey worker) =>
        step.After.Calls
            .Where(call => call.Phase == CallPhase.Queued && call.Target == worker)
            .Select(call => step.Ledger.Calls[call.Key]);

    /// <summary>The worker of a call that waits for it takes no more calls, or is gone.</summary>
    private bool HasLostWorker(Observation step, CallRecord call) =>
        step.Ledger.SessionOf(call) is { IsLost: true }
        || (step.Ledger.TargetOf(call) is { IsNone: false } key
            && (Observation.Find(step.After, key) is not { } target || !RunsBound(target) || IsExhausted(target.Requests)));
}
