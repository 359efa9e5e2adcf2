using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Inputs that killed workers.</content>
internal sealed partial class Ledger
{
    private readonly Dictionary<ulong, (int Deaths, long Until, long ForgottenAt)> _accused = [];

    /// <summary>The inputs that were put in quarantine in this step.</summary>
    public HashSet<ulong> NewlyHeld { get; } = [];

    public bool IsQuarantined(ulong input, long now) =>
        _accused.TryGetValue(input, out (int Deaths, long Until, long ForgottenAt) known) && now < known.Until;

    private void ObserveKilledInputs(KernelStep input, WorkerRecord worker, PoolView before)
    {
        WorkerView? view = Observation.Find(before, input.Worker);
        bool byItself = view
            is { Phase: WorkerPhase.Serving or WorkerPhase.Draining }
            or { Leaving: Reason.MemoryLimit or Reason.Unresponsive };
        IEnumerable<CallRecord> suspects = worker.Calls.Where(call =>
            byItself && plan.QuarantineAfter > 0 && call.Spec.Input != 0 && input.Begun.Contains(call.Key));
        foreach (CallRecord call in suspects)
        {
            ulong accused = call.Spec.Input;
            if (!_accused.TryGetValue(accused, out (int Deaths, long Until, long ForgottenAt) known) || input.Now > known.ForgottenAt)
            {
                known = default;
            }
            long until = known.Deaths + 1 >= plan.QuarantineAfter ? input.Now + plan.QuarantineTime : 0;
            if (until > 0 && input.Now >= known.Until)
            {
                NewlyHeld.Add(accused);
            }
            _accused[accused] = (known.Deaths + 1, until, Math.Max(input.Now, until) + plan.QuarantineTime);
        }
    }
}
