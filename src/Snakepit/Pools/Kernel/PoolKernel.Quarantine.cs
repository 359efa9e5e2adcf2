namespace Snakepit.Pools.Kernel;

/// <content>Inputs that kill workers.</content>
internal sealed partial class PoolKernel
{
    private readonly Quarantine _quarantine;

    /// <summary>Inputs that workers died of.</summary>
    public IReadOnlyList<Suspect> Suspects => _quarantine.Suspects;

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
                CallBackAll(input, worker, fx);
            }
        }
        if (Suspects.Count > 0)
        {
            RejectQuarantined(now, fx);
        }
    }

    /// <summary>Calls of that input that wait in the channels of other workers would kill those too.</summary>
    private void CallBackAll(ulong input, WorkerNode dead, EffectList fx)
    {
        foreach (SlotNode slot in _slots)
        {
            CallBack(input, slot.Current == dead ? null : slot.Current, fx);
            foreach (WorkerNode leaving in slot.Leaving)
            {
                CallBack(input, leaving == dead ? null : leaving, fx);
            }
        }
    }

    private void CallBack(ulong input, WorkerNode? worker, EffectList fx)
    {
        if (worker is not null && HasWaiting(worker, input))
        {
            fx.Add(new Effect(EffectKind.Recall, worker.Key));
        }
    }

    private bool HasWaiting(WorkerNode worker, ulong input)
    {
        for (int index = worker.Calls.First; index >= 0; index = _calls[index].Next)
        {
            if (_calls[index].Input == input && IsWaiting(worker, index))
            {
                return true;
            }
        }
        return false;
    }

    private void RejectQuarantined(long now, EffectList fx)
    {
        var waiting = new List<CallKey>(_queue.Count);
        _queue.CopyTo(waiting);
        foreach (CallKey key in waiting)
        {
            if (_quarantine.Holds(_calls[key.Index].Input, now))
            {
                EndQueued(key.Index, Outcome.Quarantined, fx);
            }
        }
    }
}
