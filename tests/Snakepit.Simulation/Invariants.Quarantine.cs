using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>L15: inputs that kill workers.</content>
internal sealed partial class Invariants
{
    private static void L15_a_quarantined_input_never_reaches_a_worker(Observation step)
    {
        foreach (SendFact send in step.Ledger.Sends)
        {
            if (step.Ledger.IsQuarantined(send.Call.Spec.Input, step.Now))
            {
                throw Broken($"{send.Call.Key} was sent, and its input {send.Call.Spec.Input} is in quarantine");
            }
        }
    }

    private static void L15_only_inputs_that_kill_are_quarantined(Observation step)
    {
        bool rejected = step.Input.Kind == StepKind.Submit && step.Admission.Rejection == Outcome.Quarantined;
        if (rejected && !step.Ledger.IsQuarantined(step.Input.Spec.Input, step.Now))
        {
            throw Broken(
                $"input {step.Input.Spec.Input} was rejected, and workers did not die of it often enough, or it was answered since");
        }
        foreach (CompleteFact ended in step.Ledger.Completions.Where(static ended => ended.Outcome == Outcome.Quarantined))
        {
            if (!step.Ledger.IsQuarantined(ended.Call.Spec.Input, step.Now))
            {
                throw Broken($"{ended.Call.Key} was rejected for its input {ended.Call.Spec.Input}, which is not in quarantine");
            }
        }
    }

    private void L15_waiting_calls_of_a_quarantined_input_are_called_back(Observation step)
    {
        foreach (WorkerRecord worker in step.Ledger.Workers.Values.Where(worker => !worker.IsGone && worker.RecalledAt != step.Now))
        {
            if (worker.Calls.Skip(plan.Capacity).FirstOrDefault(call => step.Ledger.NewlyHeld.Contains(call.Spec.Input)) is { } call)
            {
                throw Broken($"{call.Key} waits in {worker.Key} and is not called back, though its input {call.Spec.Input} kills workers");
            }
        }
    }
}
