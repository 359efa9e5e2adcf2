using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Callers, workers and the shell between them and the kernel.</content>
internal sealed partial class SimPool
{
    private const int Remembered = 16;
    private readonly Dictionary<WorkerKey, SimWorker> _workers = [];
    private readonly Dictionary<CallKey, CallFate> _fates = [];
    private readonly List<CallKey> _open = [];
    private readonly List<CallKey> _finished = [];
    private readonly HashSet<WorkerKey> _givenUp = [];
    private SimFaults _faults;
    private bool _adapterIsBroken;

    private bool IsRough => _scenario.Faults != SimFaults.None && _scenario.Faults != SimFaults.OfSlots;

    private bool IsBroken(int slot, SimFaults faults)
    {
        var random = SimRandom.For(_scenario.Seed, "broken slot", slot);
        return faults.Happens(SimFault.SlotIsBroken, ref random);
    }

    public void Perform(SimOperation operation)
    {
        RunUntil(_clock.Now + operation.Delay);
        switch (operation.Kind)
        {
            case SimOperationKind.Submit:
                Submit(operation);
                break;
            case SimOperationKind.Cancel when _open.Count > 0:
                Abandon(_open[operation.Pick % _open.Count], AbandonReason.Cancelled);
                break;
            case SimOperationKind.TimeOut when _open.Count > 0:
                Abandon(_open[operation.Pick % _open.Count], AbandonReason.TimedOut);
                break;
            case SimOperationKind.CancelFinished when _finished.Count > 0:
                Abandon(_finished[operation.Pick % _finished.Count], AbandonReason.Cancelled);
                break;
            case SimOperationKind.Recycle:
                Command(new PoolCommand(CommandKind.Recycle, operation.Pick % _after.Slots.Count));
                break;
            case SimOperationKind.RecycleAll:
                Command(new PoolCommand(CommandKind.Recycle));
                break;
            case SimOperationKind.CancelRecycle:
                Command(new PoolCommand(CommandKind.CancelRecycle, operation.Pick % 4 == 0 ? -1 : operation.Pick % _after.Slots.Count));
                break;
            case SimOperationKind.KillWorker:
                KillOne(operation.Pick);
                break;
            case SimOperationKind.BreakAdapter or SimOperationKind.MendAdapter:
                _adapterIsBroken = operation.Kind == SimOperationKind.BreakAdapter && IsRough;
                break;
            case SimOperationKind.Shutdown:
                Command(new PoolCommand(CommandKind.Shutdown));
                break;
            case SimOperationKind.Wait:
                EndSession(operation);
                UseSession(operation);
                break;
            case SimOperationKind.Taint or SimOperationKind.TaintDevice or SimOperationKind.LiftTaint:
                Taint(operation);
                break;
            default:
                if (_scenario.IsLively)
                {
                    Change(operation);
                }
                break;
        }
    }

    private void Submit(SimOperation operation)
    {
        long deadline = operation.Timeout == 0 ? long.MaxValue : _clock.Now + operation.Timeout;
        var random = SimRandom.For(_scenario.Seed, "call", operation.Index);
        CallFate fate = CallFate.Decide(ref random, _faults, operation.Tool, SimTools.LiesAt(_scenario.Seed, operation.Index));
        var chance = SimRandom.For(_scenario.Seed, "input", operation.Index);
        ulong argument = chance.Chance(400) ? (ulong)chance.Between(1, 3) : 0;
        fate = fate with { KillsWorker = fate.KillsWorker || (argument == 1 && _faults.Happens(SimFault.InputKills, ref chance)) };
        var spec = new CallSpec(
            deadline, operation.Idempotent, operation.Tool, operation.Bytes, operation.Priority, operation.Key, argument,
            Target: PickTarget(operation), Cancellation: PickCancellation(operation));
        spec = WithSession(spec, operation);
        var input = new KernelStep(StepKind.Submit, _clock.Now) { Spec = spec };
        Admission admission = Step(input).Admission;
        if (admission.Accepted)
        {
            _fates[admission.Call] = fate;
            _open.Add(admission.Call);
        }
    }

    /// <summary>Some pools have calls for one certain worker: one that serves or leaves, or now and then one that is not there.</summary>
    private WorkerKey PickTarget(SimOperation operation)
    {
        var chance = SimRandom.For(_scenario.Seed, "binding", operation.Index);
        if (!_scenario.Binds || !chance.Chance(400))
        {
            return default;
        }
        WorkerKey[] known = [.. _after.Workers
            .Where(w => w.Phase is WorkerPhase.Serving or WorkerPhase.Draining || chance.Chance(50))
            .Select(static w => w.Key)];
        return known.Length == 0 ? default : known[chance.Below(known.Length)];
    }

    /// <summary>Some pools have tools that are not to be interrupted.</summary>
    private ToolCancellation PickCancellation(SimOperation operation)
    {
        if (!SimRandom.For(_scenario.Seed, "cancellations").Chance(200))
        {
            return ToolCancellation.Interrupt;
        }
        return SimRandom.For(_scenario.Seed, "cancellation", operation.Index).Below(3) switch
        {
            0 => ToolCancellation.Interrupt,
            1 => ToolCancellation.Cooperative,
            _ => ToolCancellation.Kill,
        };
    }

    private void Abandon(CallKey call, AbandonReason why) => Step(new KernelStep(StepKind.Abandon, _clock.Now) { Call = call, Why = why });

    private void Command(PoolCommand command) => Step(new KernelStep(StepKind.Command, _clock.Now) { Command = command });

    private void KillOne(int pick)
    {
        SimWorker[] alive = [.. _workers.Values.Where(static w => w is { HasProcess: true, IsGone: false })];
        if (alive.Length > 0 && IsRough)
        {
            _events.Add(_clock.Now, new SimEvent(SimEventKind.Murder, alive[pick % alive.Length].Key));
        }
    }

    private void Happen(in SimEvent happening)
    {
        SimWorker worker = _workers[happening.Worker];
        if (happening.News is { Kind: StepKind.SubmitCheck } check)
        {
            SubmitCheck(check with { Now = _clock.Now });
            return;
        }
        if (happening.News is { Kind: StepKind.SubmitMove } move)
        {
            SubmitMove(move with { Now = _clock.Now });
            return;
        }
        switch (happening.Kind)
        {
            case SimEventKind.Begin:
                Tell(worker.Begin());
                break;
            case SimEventKind.Spawn:
                Tell(worker.Spawn());
                break;
            case SimEventKind.Boot:
                Tell(worker.Boot());
                break;
            case SimEventKind.Deliver:
                worker.Deliver();
                break;
            case SimEventKind.Reply:
                worker.Finish(happening.Call);
                break;
            case SimEventKind.Exit:
                worker.Exit();
                break;
            case SimEventKind.Murder:
                worker.Exit(byOutsider: true);
                break;
            case SimEventKind.News when !IsNews(happening.News!.Value):
                Step(happening.News!.Value with { Now = _clock.Now });
                break;
        }
        while (worker.TakeWord() is { } word)
        {
            Tell(word);
        }
    }

    /// <summary>True for a recall that is told again and is not stale, because the same worker has the call anew.</summary>
    private bool IsNews(KernelStep echo) => echo.Kind == StepKind.Recalled
        && _after.Calls.Exists(call => call.Key == echo.Call && call.Worker == echo.Worker);

    /// <summary>Gives an input to the kernel. Some inputs come twice, and a dead worker's last answers may come after its exit.</summary>
    private void Tell(KernelStep? said)
    {
        if (said is not { } news)
        {
            return;
        }
        Step(news);
        var random = SimRandom.For(_scenario.Seed, "echo", news.Worker.Slot, _clock.Now);
        bool twice = news.Kind == StepKind.Replied && _fates[news.Call].RepliesTwice;
        if (news.Kind == StepKind.Replied && _fates[news.Call].IsCheck)
        {
            Later(0, LimitOf(news.Worker, news.Failed ? SignalKind.LimitReached : SignalKind.LimitCleared, Reason.HealthCheckFailed));
        }
        if (news is { Kind: StepKind.Replied, Failed: false } && _fates[news.Call].Exports is not 0 and ulong exported)
        {
            ContinueMove(news.Worker, exported);
        }
        if (twice || _faults.Happens(SimFault.EchoesSignals, ref random))
        {
            Later(random.Between(0, 50), news);
        }
        foreach (CallKey call in news.Begun ?? [])
        {
            Later(random.Between(0, 50), new KernelStep(StepKind.Replied, 0) { Worker = news.Worker, Call = call });
        }
    }

    private void Later(long delay, KernelStep news) =>
        _events.Add(_clock.Now + delay, new SimEvent(SimEventKind.News, news.Worker, News: news));

    /// <summary>Performs the commands in order, through the worker's outbox, and the actions in any order.</summary>
    private void Perform(List<Effect> effects)
    {
        var random = SimRandom.For(_scenario.Seed, "shell", _clock.Now, Trace.Steps.Count);
        int commands = effects.FindIndex(static e => e.Kind > EffectKind.Stop);
        commands = commands < 0 ? effects.Count : commands;
        for (int i = 0; i < commands; i++)
        {
            if (_workers.TryGetValue(effects[i].Worker, out SimWorker? worker))
            {
                worker.Accept(effects[i], random.Chance(100) ? random.Between(1, 20) : 0);
            }
        }
        for (int i = effects.Count - 1; i >= commands; i--)
        {
            int other = commands + random.Below(i - commands + 1);
            Act(effects[other], ref random);
            effects[other] = effects[i];
        }
    }

    private void Act(in Effect effect, ref SimRandom chance)
    {
        switch (effect.Kind)
        {
            case EffectKind.BlueprintProven:
                _provenBlueprint = effect.Blueprint;
                break;
            case EffectKind.BlueprintRejected:
                _isRejected = true;
                break;
            case EffectKind.Launch:
                var random = SimRandom.For(_scenario.Seed, "worker", effect.Worker.Slot, effect.Worker.Generation);
                bool isBroken = _adapterIsBroken || (effect.Worker.Generation > 1 && IsBroken(effect.Worker.Slot, _faults));
                WorkerFate fate = WorkerFate.Decide(ref random, _faults, isBroken, CanMove(effect.Worker));
                var launched = new SimWorker(effect.Worker, fate, _scenario.Plan.Capacity, call => _fates[call], _clock, _events);
                _workers.Add(launched.Key, launched);
                launched.Launch();
                break;
            case EffectKind.WorkerDraining:
                _workers[effect.Worker].Drain(chance.Between(0, 30));
                break;
            case EffectKind.Terminate:
                _workers[effect.Worker].Terminate();
                break;
            case EffectKind.Kill:
                _workers[effect.Worker].Kill();
                break;
            case EffectKind.LookAtMemory when !chance.Chance(50):
                Later(
                    chance.Chance(100) ? chance.Between(900, 1_500) : chance.Between(0, 30),
                    LimitOf(effect.Worker, chance.Chance(500) ? SignalKind.LimitReached : SignalKind.LimitCleared, Reason.MemoryThreshold));
                break;
            case EffectKind.CheckHealth:
                Later(_scenario.Seed % 2 == 0 ? 0 : 7, new KernelStep(StepKind.SubmitCheck, 0) { Worker = effect.Worker });
                break;
            case EffectKind.MoveSession:
                BeginMove(effect);
                break;
            case EffectKind.WorkerUnkillable:
                _givenUp.Add(effect.Worker);
                break;
            case EffectKind.SessionOver:
                ForgetSession(effect.Session);
                break;
            case EffectKind.Complete:
                _open.Remove(effect.Call);
                _finished.Add(effect.Call);
                if (_finished.Count > Remembered)
                {
                    _finished.RemoveAt(0);
                }
                break;
        }
    }
}
