namespace Snakepit.Pools.Kernel;

/// <content>Inputs that kill workers.</content>
internal sealed partial class PoolKernel
{
    private readonly Quarantine _quarantine;

    /// <summary>Calls have to tell their inputs.</summary>
    public bool HasSuspects => _quarantine.Suspects.Count > 0;

    /// <summary>Tells the input of a call that was submitted without one.</summary>
    public void Identify(CallKey key, ulong input)
    {
        int index = _calls.Find(key);
        if (index >= 0)
        {
            _calls[index].Input = input;
        }
    }

    /// <summary>Nothing is held against that input any more; 0: against none.</summary>
    public void LiftQuarantine(ulong input)
    {
        if (input == 0)
        {
            _quarantine.Clear();
        }
        else
        {
            _quarantine.Clear(input);
        }
    }

    /// <summary>It died by itself, or had to be killed for what a call did to it: not because somebody wanted it to end.</summary>
    private static bool DiesOfItsCalls(WorkerNode worker) =>
        worker.Phase is WorkerPhase.Serving or WorkerPhase.Draining || worker.Leaving is Reason.MemoryLimit or Reason.Unresponsive;

    private void Accuse(long now, WorkerNode worker, ReadOnlySpan<CallKey> begun, EffectList fx)
    {
        for (int index = worker.Calls.First; index >= 0; index = _calls[index].Next)
        {
            ulong input = _calls[index].Input;
            if (begun.Contains(_calls.KeyOf(index)) && _quarantine.Accuse(input, now))
            {
                fx.Add(new Effect(EffectKind.ReportQuarantined, worker.Key, _calls.KeyOf(index), Argument: (long)input));
            }
        }
        if (HasSuspects)
        {
            RejectQuarantined(now, fx);
        }
    }

    private void RejectQuarantined(long now, EffectList fx)
    {
        for (int index = _queue.First; index >= 0;)
        {
            int next = _calls[index].Next;
            if (_quarantine.Holds(_calls[index].Input, now))
            {
                EndQueued(index, Outcome.Quarantined, fx);
            }
            index = next;
        }
    }
}
