using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Tainted slots, whose workers get no calls for a time.</content>
internal sealed partial class Ledger
{
    private readonly Dictionary<int, long> _tainted = [];

    /// <summary>The end of the taint of every tainted slot.</summary>
    public IReadOnlyDictionary<int, long> Tainted => _tainted;

    /// <summary>The slots whose taint began in this step or became longer.</summary>
    public HashSet<int> NewTaints { get; } = [];

    public bool IsTainted(WorkerKey worker) => _tainted.ContainsKey(worker.Slot);

    private void ObserveTaints(KernelStep input, PoolView before)
    {
        NewTaints.Clear();
        if (before.Closing)
        {
            return;
        }
        switch (input)
        {
            case { Kind: StepKind.Command, Command: { Kind: CommandKind.Taint } command }:
                Taint(command.Slot, input.Now, command.Duration);
                break;
            case { Kind: StepKind.Command, Command: { Kind: CommandKind.TaintDevice } command }:
                TaintDevice(command.Device, input.Now, command.Duration, before);
                break;
            case { Kind: StepKind.Command, Command: { Kind: CommandKind.LiftTaint } command }:
                _ = command.Slot < 0 ? Clear() : _tainted.Remove(command.Slot);
                break;
            case { Note.Taints: true } when !IsStale:
                Taint(input.Worker.Slot, input.Now, plan.TaintTime);
                TaintDevice(Workers[input.Worker].Device, input.Now, plan.TaintTime, before);
                break;
            case { Kind: StepKind.Tick }:
                foreach (int slot in _tainted.Keys.Where(slot => _tainted[slot] <= input.Now).ToArray())
                {
                    _tainted.Remove(slot);
                }
                break;
        }

        bool Clear()
        {
            _tainted.Clear();
            return true;
        }
    }

    private void TaintDevice(int device, long now, long duration, PoolView before)
    {
        for (int slot = 0; device != 0 && slot < before.Slots.Count; slot++)
        {
            WorkerView? worker = Observation.Find(before, slot, WorkerRole.Current) ?? Observation.Find(before, slot, WorkerRole.Next);
            if (worker is { } view && Workers[view.Key].Device == device)
            {
                Taint(slot, now, duration);
            }
        }
    }

    private void Taint(int slot, long now, long duration)
    {
        long until = duration == long.MaxValue ? duration : now + duration;
        if (until > Math.Max(now, _tainted.GetValueOrDefault(slot)))
        {
            _tainted[slot] = until;
            NewTaints.Add(slot);
        }
    }
}
