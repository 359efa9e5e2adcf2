using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>The state of changed code.</summary>
internal enum CodeState
{
    Unchanged,
    Untried,
    Accepted,
    Rejected,
}

/// <content>The lives of workers: how long they serve, what was reported about them, and the size the pool should have.</content>
internal sealed partial class Ledger
{
    private bool _memoryIsShort;

    /// <summary>The number of workers that the pool should have.</summary>
    public int Target { get; private set; } = plan.Size;

    public int LeastReady => Math.Min(plan.MinReady, Target);

    /// <summary>True when no replacement may start beside the worker that it replaces.</summary>
    public bool StopsFirst => _memoryIsShort || StopsFirstByOrder;

    /// <summary>True when the machine has no memory for more workers.</summary>
    public bool HasNoMemory => _memoryIsShort;

    /// <summary>The last time at which the room for workers changed, or an order or other settings its size or bounds.</summary>
    public long ShortSince { get; private set; }

    /// <summary>True when that does not depend on the machine's memory; then it goes before MinReady.</summary>
    public bool StopsFirstByOrder => plan.StopFirst || !Allowance.MayOverlap;

    /// <summary>What the pool was last told that it may have of what all pools share.</summary>
    public Allowance Allowance { get; private set; } = plan.FirstAllowance;

    /// <summary>The time at which <see cref="StopsFirst"/> last changed.</summary>
    public long RoomSince { get; private set; }

    public CodeState Code { get; private set; }

    /// <summary>The reason for which no worker is replaced any more, after a rejection.</summary>
    public Reason RejectedReason { get; private set; }

    public long LongestStart { get; private set; }

    /// <summary>The slots whose worker was stopped first, with its generation, until another worker serves there.</summary>
    public Dictionary<int, int> Refills { get; } = [];

    /// <summary>The reports of refills that were not open.</summary>
    public List<Effect> StrayRefills { get; } = [];

    public static bool IsGuarded(Reason reason) =>
        reason is Reason.MemoryThreshold or Reason.MemoryGrowth or Reason.Errors or Reason.Custom;

    public long GuardEnd(WorkerRecord worker) => worker.ServingSince < 0 ? long.MaxValue : worker.ServingSince + plan.MinLifetime;

    private void ObserveChange(KernelStep input)
    {
        switch (input.Command.Kind)
        {
            case CommandKind.Resize:
                Target = plan.IsScaling ? Math.Clamp(input.Command.Size, plan.MinSize, plan.MaxSize) : input.Command.Size;
                ShortSince = input.Now;
                break;
            case CommandKind.SetMemoryShort:
                _memoryIsShort = input.Command.IsMemoryShort;
                RoomSince = ShortSince = input.Now;
                break;
            case CommandKind.SetAllowance:
                Allowance = new Allowance(input.Command.Size, !input.Command.IsMemoryShort, input.Command.Replacements);
                RoomSince = ShortSince = input.Now;
                break;
            case CommandKind.CodeChanged:
                BeginChange(input.Now, isMake: false);
                break;
        }
    }

    /// <summary>New workers have other code, or are made otherwise.</summary>
    private void BeginChange(long now, bool isMake)
    {
        foreach (WorkerRecord worker in Workers.Values)
        {
            worker.IsDueAnyway |= Code == CodeState.Accepted && worker.IsOlderThanCode;
            worker.IsOlderThanCode = true;
            worker.LacksChange = isMake || worker.LaunchedAt < now;
        }
        Code = CodeState.Untried;
        ForgetFailures();
        _accused.Clear();
    }

    private void ObserveSignal(KernelStep input, WorkerRecord worker)
    {
        switch (input.Signal)
        {
            case SignalKind.Begun when worker.BegunAt < 0:
                worker.BegunAt = input.Now;
                break;
            case SignalKind.Ready when worker.ReadyAt < 0:
                worker.ReadyAt = worker.HeardAt = input.Now;
                LongestStart = Math.Max(LongestStart, input.Now - worker.BegunAt);
                break;
            case SignalKind.Pong:
                worker.PingedAt = -1;
                worker.HeardAt = input.Now;
                break;
            case SignalKind.LimitReached when input.Reason != Reason.MemoryThreshold || IsSecondLook(worker):
                Reach(input.Now, worker, input.Reason);
                break;
            case SignalKind.LimitCleared:
                Clear(input.Now, worker, input.Reason);
                break;
        }
    }

    private void ObserveAnswer(KernelStep input, CallRecord call)
    {
        WorkerRecord worker = call.Worker!;
        worker.PingedAt = -1;
        worker.HeardAt = input.Now;
        if (!call.CheckOf.IsNone)
        {
            return;
        }
        worker.IdleSince = input.Now;
        if (!input.Failed)
        {
            ObserveProof(RestartProof.Success, worker);
        }
        if (call.IsOver)
        {
            return;
        }
        worker.Errors = input.Failed ? worker.Errors + 1 : 0;
        if (!input.Failed)
        {
            Clear(input.Now, worker, Reason.Errors);
        }
        else if (plan.MaxConsecutiveErrors > 0 && worker.Errors >= plan.MaxConsecutiveErrors)
        {
            Reach(input.Now, worker, Reason.Errors);
        }
    }

    private void Reach(long now, WorkerRecord worker, Reason reason)
    {
        worker.Limits.Add(reason);
        bool isEarly = worker.ReadyAt < 0 || (worker.ServingSince < 0 && reason is Reason.CpuTime or Reason.WorkerRequested);
        if ((IsGuarded(reason) || (isEarly && reason != Reason.MemoryLimit)) && now < GuardEnd(worker))
        {
            worker.HeldSet.Add(reason);
        }
    }

    private void Clear(long now, WorkerRecord worker, Reason reason)
    {
        if (now < GuardEnd(worker))
        {
            worker.Limits.Remove(reason);
        }
        worker.HeldSet.Remove(reason);
        if (reason == Reason.MemoryThreshold)
        {
            ForgetLook(worker);
        }
        if (reason == Reason.HealthCheckFailed)
        {
            worker.HasPassed = true;
            ObserveProof(RestartProof.Check, worker);
        }
    }

    private void ObserveLife(KernelStep input, IReadOnlyList<Effect> effects, PoolView before, PoolView after)
    {
        StrayRefills.Clear();
        foreach (Effect effect in effects)
        {
            ObserveLifeEffect(input, effect, before, after);
        }
        // Spares take over only at the end of the step, when the idle workers have had their turn.
        bool onlyLeastWereLeft = input.Kind == StepKind.Tick && before.Ready - CountEnded(effects, before) <= LeastReady;
        bool startsFail = Rows.Exists(row => !IsBrake(row.Reason) && input.Now <= row.LatestEnd); // a resting worker might not start again
        foreach (WorkerView view in after.Workers)
        {
            WorkerRecord worker = Workers[view.Key];
            if ((view.Role == WorkerRole.Current || worker.DrainingSince == input.Now) && worker.ServingSince < 0)
            {
                worker.ServingSince = worker.IdleSince = input.Now;
            }
            worker.DueSince = view is not { Role: WorkerRole.Current, ReplaceReason: not Reason.None } ? -1
                : worker.DueSince >= 0 || view.DueSince > input.Now ? worker.DueSince
                : input.Now;
            bool mayRest = view is { Role: WorkerRole.Current, ReplaceReason: Reason.None, Expects: false, Moves: false }
                && worker.Calls.Count == 0
                && !after.Calls.Exists(call => call.Phase == CallPhase.Queued && call.Target == view.Key)
                && !Sessions.Values.Any(s => s is { IsStrict: true, IsLost: false, IsOver: false } && s.Home == worker)
                && after.Ready > LeastReady
                && !startsFail
                && !after.Closing;
            worker.MayRestSince = !mayRest ? -1 : worker.MayRestSince < 0 || onlyLeastWereLeft ? input.Now : worker.MayRestSince;
        }
    }

    /// <summary>Counts the workers that a tick has killed or laid to rest, of those that served before it.</summary>
    private static int CountEnded(IReadOnlyList<Effect> effects, PoolView before) =>
        before.Workers.Count(worker => worker is { Role: WorkerRole.Current, Exhausted: false, TaintedUntil: 0 }
            && effects.Any(e => e.Worker == worker.Key
                && e is { Kind: EffectKind.Kill } or { Kind: EffectKind.WorkerDraining, Reason: Reason.Idle }));

    private void ObserveLifeEffect(KernelStep input, in Effect effect, PoolView before, PoolView after)
    {
        long now = input.Now;
        if (!Workers.TryGetValue(effect.Worker, out WorkerRecord? worker)
            && effect.Kind is not (EffectKind.SlotRefilled or EffectKind.CodeRejected or EffectKind.BlueprintRejected))
        {
            return;
        }
        switch (effect.Kind)
        {
            case EffectKind.Ping when worker!.PingedAt < 0:
                worker.PingedAt = now;
                break;
            case EffectKind.Kill when effect.Reason is Reason.MemoryLimit or Reason.Unresponsive
                && Observation.Find(before, effect.Worker) is { Phase: WorkerPhase.Ready or WorkerPhase.Serving }:
                ObserveDeath(input, effect, worker!, effect.Reason);
                break;
            case EffectKind.WorkerReady when Code == CodeState.Untried && !worker!.LacksChange:
                Code = CodeState.Accepted;
                break;
            case EffectKind.CodeRejected or EffectKind.BlueprintRejected:
                Code = CodeState.Rejected;
                RejectedReason = effect.Kind == EffectKind.CodeRejected ? Reason.CodeChanged : Reason.ConfigurationChanged;
                break;
            case EffectKind.WorkerDraining:
                ObserveDraining(effect, worker!, after);
                break;
            case EffectKind.SlotRefilled or EffectKind.SlotNotRefilled:
                ObserveRefill(effect);
                break;
        }
    }

    private void ObserveDraining(in Effect effect, WorkerRecord worker, PoolView after)
    {
        worker.DrainReason = effect.Reason;
        worker.HasNoSuccessor = effect.Reason is Reason.Idle or Reason.Resized;
        bool followed = Workers.Values.Any(w => w.Key.Slot == worker.Key.Slot && w.Key.Generation > worker.Key.Generation
            && (w.DrainingSince >= 0 || Observation.Find(after, w.Key) is { Role: WorkerRole.Current })); // possibly in this step
        worker.HoldsPlace = StopsFirst && !followed && !worker.HasNoSuccessor;
        if (worker.HoldsPlace && Observation.Find(after, effect.Worker) is { ReplacedBy.IsNone: true })
        {
            Refills.Add(effect.Worker.Slot, effect.Worker.Generation);
        }
    }

    private void ObserveRefill(in Effect effect)
    {
        int slot = effect.Worker.Slot;
        if (!Refills.TryGetValue(slot, out int generation) || generation != effect.StoppedFirst.Generation || !Refills.Remove(slot))
        {
            StrayRefills.Add(effect);
        }
        if (effect.Worker.IsNone && Workers.TryGetValue(new WorkerKey(slot, generation), out WorkerRecord? stopped))
        {
            stopped.HasNoSuccessor = true;
        }
    }
}
