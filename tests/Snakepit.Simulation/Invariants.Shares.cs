using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>What pools share: memory for workers, and the number of replacements at once.</content>
internal sealed partial class Invariants
{
    private int MostReplacements(Observation step) => Math.Min(plan.MaxConcurrentRecycles, step.Ledger.Allowance.Replacements);

    private static void Shares_a_worker_starts_only_where_there_is_room(Observation step)
    {
        foreach (WorkerKey launched in step.Ledger.Launches)
        {
            bool isVacant = Observation.Find(step.After, launched.Slot, WorkerRole.Current) is null;
            if (isVacant && CountPlaces(step) > step.Ledger.Allowance.Workers)
            {
                throw Broken($"{launched} starts as one of {CountPlaces(step)}, there is room for {step.Ledger.Allowance.Workers}");
            }
        }
    }

    private void Shares_a_replacement_has_its_turn(Observation step)
    {
        bool begins = step.Ledger.Launches.Exists(launched =>
            Observation.Find(step.After, launched.Slot, WorkerRole.Current) is { } old && !IsExhausted(old.Requests));
        bool stops = !plan.StrictMaxRequests && step.Effects.Any(effect => effect.Kind == EffectKind.WorkerDraining
            && step.Ledger.Refills.TryGetValue(effect.Worker.Slot, out int generation) && generation == effect.Worker.Generation);
        int replacing = begins || stops ? CountReplacing(step, withStopped: !plan.StrictMaxRequests) : 0;
        if (replacing > step.Ledger.Allowance.Replacements)
        {
            throw Broken($"{replacing} slots are under replacement, {step.Ledger.Allowance.Replacements} may be");
        }
    }

    /// <summary>Starts that have lost their room before their turn came are withdrawn, so that others get it.</summary>
    private static void Shares_a_start_without_room_is_withdrawn(Observation step)
    {
        if (step.Input is not { Kind: StepKind.Command, Command.Kind: CommandKind.SetAllowance } || step.After.Closing)
        {
            return;
        }
        foreach (WorkerView next in step.After.Workers.Where(w => w is { Role: WorkerRole.Next, Phase: WorkerPhase.Launching }
            && step.Ledger.Workers[w.Key] is { BegunAt: < 0, WasKilled: false }))
        {
            bool isBeside = Observation.Find(step.After, next.Key.Slot, WorkerRole.Current) is not null;
            if (isBeside ? !step.Ledger.Allowance.MayOverlap : CountPlaces(step) > step.Ledger.Allowance.Workers)
            {
                throw Broken($"{next.Key} waits for its turn, and there is no room for it");
            }
        }
    }
}
