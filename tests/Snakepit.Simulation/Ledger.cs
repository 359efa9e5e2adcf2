using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>Keeps independent books of a pool from the kernel's inputs and effects, without knowing how the kernel decides.</summary>
internal sealed partial class Ledger(PoolPlan plan)
{
    private readonly Dictionary<WorkerKey, long> _requests = []; // open recycle requests, with the time of the last
    private long _accepted;

    /// <summary>The calls that have no outcome yet or still occupy a worker.</summary>
    public Dictionary<CallKey, CallRecord> Calls { get; } = [];

    public Dictionary<WorkerKey, WorkerRecord> Workers { get; } = [];

    /// <summary>The workers with a recycle request that was not reported yet.</summary>
    public IReadOnlyCollection<WorkerKey> OpenRecycleRequests => _requests.Keys;

    /// <summary>The last time at which a worker became ready or a leaving worker was gone.</summary>
    public long ProgressAt { get; private set; }

    public long AskedAt(WorkerKey worker) => _requests[worker];

    public long ShutdownAt { get; private set; } = -1;

    /// <summary>The number of starts that failed since the last READY.</summary>
    public int StartFailures { get; private set; }

    /// <summary>True while everything that every worker needs is there.</summary>
    public bool MayStart { get; private set; }

    // The facts of the last step.
    public List<SendFact> Sends { get; } = [];

    public List<CompleteFact> Completions { get; } = [];

    public List<JudgedFact> Judged { get; } = [];

    public List<RecycleFact> RecycleReports { get; } = [];

    public List<WorkerKey> Launches { get; } = [];

    /// <summary>The effects about unknown calls or workers.</summary>
    public List<Effect> Strays { get; } = [];

    /// <summary>The call that was answered in this step, or null.</summary>
    public CallRecord? Replied { get; private set; }

    /// <summary>True when the input of this step was about a worker or call that is gone.</summary>
    public bool IsStale { get; private set; }

    /// <summary>Other settings are in force. A size that a command has set stays unless they have another one.</summary>
    public void Adopt(long now, PoolPlan next, bool isClosing)
    {
        if (next.Blueprint > plan.Blueprint && !isClosing) // a smaller number is that of the blueprint to which the pool returns
        {
            BeginChange(now, isMake: true);
        }
        Target = isClosing ? Target : SizeUnder(next);
        AdoptScaling(now, next);
        foreach (WorkerRecord worker in Workers.Values.Where(worker => plan.Ttl != next.Ttl && plan.Ttl > 0))
        {
            worker.EarlierTtl = Math.Min(worker.EarlierTtl, plan.Ttl);
        }
        plan = next;
    }

    public void Observe(KernelStep input, in Admission admission, IReadOnlyList<Effect> effects, PoolView before, PoolView after)
    {
        Sends.Clear();
        Completions.Clear();
        Judged.Clear();
        RecycleReports.Clear();
        Launches.Clear();
        Strays.Clear();
        NewlyHeld.Clear();
        Replied = null;
        Recalled = null;
        IsStale = ComputeStale(input);
        ObserveTaints(input, before);
        EndLooks(input);
        ObserveInput(input, admission, before);
        foreach (Effect effect in effects)
        {
            if (effect.Kind == EffectKind.WorkerUnkillable && Workers.TryGetValue(effect.Worker, out WorkerRecord? worker))
            {
                Judge(input.Now, worker, [], unkillable: true);
            }
        }
        ObserveMoved(effects);
        foreach (Effect effect in effects)
        {
            ObserveSessionEffect(input, effect);
            ObserveEffect(input, effect, before, after);
        }
        ObserveSessions(input, after);
        ObserveLife(input, effects, before, after);
        ObserveQueue(before, after);
        ObserveLeavers(before, after);
        ObserveOverdue(input, effects, before, after);
        if (input is { Kind: StepKind.Command, Command.Kind: CommandKind.CancelRecycle })
        {
            WorkerKey[] ended = [.. _requests.Keys.Where(w =>
                !after.Workers.Exists(v => v.Key == w && (v.ReplaceReason == Reason.Manual || v.Leaving == Reason.Manual)))];
            foreach (WorkerKey open in ended)
            {
                _requests.Remove(open);
            }
        }
    }

    private bool ComputeStale(KernelStep input)
    {
        Workers.TryGetValue(input.Worker, out WorkerRecord? worker);
        Calls.TryGetValue(input.Call, out CallRecord? call);
        return input.Kind switch
        {
            StepKind.Replied or StepKind.Recalled => call?.Worker is null || call.Worker != worker,
            StepKind.Abandon => call is null or { IsOver: true },
            StepKind.Exited or StepKind.Signal or StepKind.SubmitCheck => worker is null or { IsGone: true },
            _ => false,
        };
    }

    private void ObserveInput(KernelStep input, in Admission admission, PoolView before)
    {
        switch (input.Kind)
        {
            case StepKind.Start or StepKind.CannotStart when !before.Closing:
                ObserveLook(input);
                break;
            case StepKind.Submit when !admission.Accepted:
                ObserveSessionCall(input, admission, before);
                break;
            case StepKind.Submit:
                ObserveSessionCall(input, admission, before);
                var accepted = new CallRecord(admission.Call, input.Spec, _accepted++, input.Now)
                {
                    Expected = EstimateOf(input.Spec.Tool),
                };
                Calls.Add(admission.Call, accepted);
                break;
            case StepKind.SubmitCheck when admission.Accepted:
                Calls.Add(admission.Call, new CallRecord(admission.Call, input.Spec, long.MaxValue, input.Now) { CheckOf = input.Worker });
                break;
            case StepKind.SubmitMove:
                ObserveMoveCall(admission, input);
                break;
            case StepKind.UseSession:
                ObserveUse(input, admission);
                break;
            case StepKind.Replied when Calls.TryGetValue(input.Call, out CallRecord? call) && call.Worker?.Key == input.Worker:
                Replied = call;
                call.Worker!.HasAnswered = true;
                call.Worker.HasSucceeded |= !input.Failed && call.CheckOf.IsNone;
                ObserveProof(RestartProof.Answer, call.Worker);
                _accused.Remove(call.Spec.Input);
                ObserveAnswer(input, call);
                ObserveMoveReply(input, call);
                ObserveProgress(input, call);
                Detach(input.Now, call);
                break;
            case StepKind.Commit when Calls.TryGetValue(input.Call, out CallRecord? call):
                call.Commit();
                break;
            case StepKind.Recalled when Calls.TryGetValue(input.Call, out CallRecord? call) && call.Worker?.Key == input.Worker:
                ObserveRecalled(input.Now, call);
                break;
            case StepKind.Exited when Workers.TryGetValue(input.Worker, out WorkerRecord? worker) && !worker.IsGone:
                ObserveKilledInputs(input, worker, before);
                Judge(input.Now, worker, input.Begun ?? [], unkillable: false);
                break;
            case StepKind.Signal when Workers.TryGetValue(input.Worker, out WorkerRecord? worker) && !worker.IsGone:
                worker.IsGone = input.Signal == SignalKind.LaunchFailed && !worker.HasProcess;
                worker.HasProcess |= input.Signal is SignalKind.Launched or SignalKind.Ready;
                worker.SaidReady |= input.Signal == SignalKind.Ready;
                worker.CanRecall |= input.CanRecall;
                worker.CanCheck |= input.CanCheck;
                worker.CanMove |= input.CanMove;
                bool isStarting = Observation.Find(before, worker.Key) is { Phase: WorkerPhase.Launching or WorkerPhase.Booting };
                worker.Device = isStarting && !worker.WasKilled && input.Signal == SignalKind.Ready ? input.Device : worker.Device;
                ObserveSignal(input, worker);
                break;
            case StepKind.Command when input.Command.Kind == CommandKind.Recycle && !before.Closing:
                IEnumerable<WorkerView> addressed = before.Workers.Where(w =>
                    w.Role == WorkerRole.Current && (input.Command.Slot < 0 || w.Key.Slot == input.Command.Slot));
                foreach (WorkerView asked in addressed)
                {
                    _requests[asked.Key] = input.Now;
                }
                break;
            case StepKind.Command when input.Command.Kind == CommandKind.Shutdown && ShutdownAt < 0:
                ShutdownAt = input.Now;
                break;
            case StepKind.Command when !before.Closing:
                ObserveChange(input);
                break;
        }
    }

    private void Judge(long now, WorkerRecord worker, CallKey[] begun, bool unkillable)
    {
        worker.IsGone = true;
        ProgressAt = now;
        int position = 0;
        foreach (CallRecord call in worker.Calls.ToArray())
        {
            bool mayHaveRun = unkillable || begun.Contains(call.Key);
            Judged.Add(new JudgedFact(call, worker, mayHaveRun, call.IsOver, unkillable));
            call.QueuedAt = now;
            ForgetTurns();
            call.Attempts -= !mayHaveRun && position >= plan.Capacity ? 1 : 0; // a call that waited behind another is no suspect
            position++;
            Detach(now, call);
        }
    }

    private void ObserveEffect(KernelStep input, in Effect effect, PoolView before, PoolView after)
    {
        long now = input.Now;
        bool isRequest = input is { Kind: StepKind.Command, Command.Kind: CommandKind.Recycle };
        Workers.TryGetValue(effect.Worker, out WorkerRecord? worker);
        switch (effect.Kind)
        {
            case EffectKind.Launch:
                Launches.Add(effect.Worker);
                Workers.Add(effect.Worker, new WorkerRecord(effect.Worker, now));
                break;
            case EffectKind.Send:
                ObserveSend(now, effect, worker);
                break;
            case EffectKind.Recall when worker is not null:
                worker.RecalledAt = now;
                break;
            case EffectKind.Complete:
                ObserveComplete(now, effect);
                break;
            case EffectKind.LookAtMemory when worker is not null:
                worker.LookSince = now;
                worker.NeedsLook = false;
                break;
            case EffectKind.Kill when worker is not null:
                worker.WasKilled = true;
                break;
            case EffectKind.WorkerDraining when worker is not null:
                worker.DrainingSince = now;
                ObserveReplacement(now, effect.Reason, worker, Observation.Find(after, worker.Key)?.ReplacedBy ?? default);
                break;
            case EffectKind.StartFailed:
                StartFailures++;
                ObserveStartFailure(input, effect, worker!);
                break;
            case EffectKind.WorkerReady:
                StartFailures = 0;
                ProgressAt = now;
                ObserveProof(RestartProof.Ready, worker!);
                EverReady = true;
                DoubtedAt = worker!.LaunchedAt >= DoubtedAt ? null : DoubtedAt;
                break;
            case EffectKind.PoolScaled:
                ObserveScaling(now, effect);
                break;
            case EffectKind.WorkerExited when effect.Reason == Reason.Died && worker is not null:
                ObserveDeath(input, effect, worker, Reason.Died);
                break;
            case EffectKind.WorkerRecycled when effect.Reason == Reason.Manual:
            case EffectKind.WorkerKept:
            case EffectKind.AlreadyReplaced:
                bool noWorkerServed = effect.Kind != EffectKind.WorkerRecycled
                    && isRequest
                    && Observation.Find(before, effect.Worker) is not { Role: WorkerRole.Current };
                RecycleReports.Add(new RecycleFact(effect, noWorkerServed || _requests.Remove(effect.Worker)));
                break;
        }
    }

    private void ObserveSend(long now, in Effect effect, WorkerRecord? worker)
    {
        if (worker is null || !Calls.TryGetValue(effect.Call, out CallRecord? call))
        {
            Strays.Add(effect);
            return;
        }
        WorkerRecord? before = call.Worker;
        Detach(now, call);
        call.Worker = worker;
        call.SawOneLeave = false;
        call.Attempts++;
        call.BegunAt = now;
        call.Work = PaceOf(call.Spec.Tool).Mean + plan.CallOverhead;
        if (worker.Calls.Count < plan.Capacity)
        {
            worker.ProgressAt = now;
        }
        Sends.Add(new SendFact(call, worker, before, worker.Calls.Count));
        worker.Calls.Add(call);
        ObserveSessionSend(call, worker);
        worker.Requests += call.CheckOf.IsNone ? 1 : 0;
    }

    private void ObserveComplete(long now, in Effect effect)
    {
        if (!Calls.TryGetValue(effect.Call, out CallRecord? call))
        {
            Strays.Add(effect);
            return;
        }
        if (MoveOf(call) is { } move && effect.Outcome != Outcome.Replied)
        {
            move.HasFailed = true;
        }
        Completions.Add(new CompleteFact(call, effect.Outcome, call.Worker, call.IsOver));
        call.IsOver = true;
        call.OverAt = now;
    }

    /// <summary>Closes the step and forgets the calls that are over and occupy no worker.</summary>
    public void Settle(PoolView after)
    {
        SettleSessions(after);
        foreach (JudgedFact judged in Judged)
        {
            Forget(judged.Call);
        }
        foreach (CompleteFact completion in Completions)
        {
            Forget(completion.Call);
        }
        if ((Replied ?? Recalled?.Call) is { } call)
        {
            Forget(call);
        }
    }

    private void Forget(CallRecord call)
    {
        if (call.IsOver && call.Worker is null)
        {
            Calls.Remove(call.Key);
        }
    }
}
