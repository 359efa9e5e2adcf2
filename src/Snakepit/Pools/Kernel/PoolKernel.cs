namespace Snakepit.Pools.Kernel;

/// <summary>
/// Makes every decision of a pool: which worker runs a call, which calls wait, which workers start, are replaced, or are killed. It is a
/// deterministic state machine: it gets events with their times, and answers with effects for the shell to perform. It has no I/O, no
/// clock, no tasks and no locks, and one caller at a time. This class only routes: each step goes to the part that it is for, which changes
/// state and records what is due, and the settlement does that.
/// </summary>
internal sealed class PoolKernel
{
    private KernelParts _parts;

    public PoolKernel(PoolPlan plan, ulong seed) => _parts = new KernelParts(plan, seed);

    /// <summary>The settings in force.</summary>
    public PoolPlan Plan => _parts.Plan;

    /// <summary>The latest time at which <see cref="Tick"/> has something to do; long.MaxValue for never.</summary>
    public long NextWake => Math.Min(Math.Min(_parts.Intake.Wheel.NextDue, _parts.Assignments.StallsDue), _parts.Settlement.WorkersDue);

    /// <summary>The time at which the shell should look again for what every worker needs.</summary>
    public long NextStart => _parts.Starter.NextStart;

    /// <inheritdoc cref="Starter.Needs"/>
    public PoolNeeds Needs => _parts.Starter.Needs;

    public PoolState State => _parts.Settlement.State;

    public int QueueLength => _parts.Intake.Waiting;

    /// <summary>The number of waiting calls that any worker may run.</summary>
    public int WaitingForAny => _parts.Intake.Queue.Count;

    /// <summary>The number of sessions.</summary>
    public int SessionCount => _parts.Intake.Sessions.Count;

    public PoolCounts Counts => new(_parts.Intake.Accepted, _parts.Intake.Rejected, _parts.Ends.Recycled);

    public int Target => _parts.Roster.Target;

    /// <summary>Whether the number of workers follows the load.</summary>
    public bool IsScaling => _parts.Roster.IsScaling;

    /// <inheritdoc cref="Scaler.Patience"/>
    public long Patience => _parts.Settlement.Patience;

    public int RestingCount => _parts.Roster.Resting;

    /// <summary>The number of workers that take calls.</summary>
    public int ServingCount => _parts.Roster.Count(SlotFact.Serving);

    /// <summary>One more than the highest slot.</summary>
    public int SlotCount => _parts.Roster.Slots.Length;

    /// <summary>Inputs that workers died of.</summary>
    public IReadOnlyList<Suspect> Suspects => _parts.Intake.Suspects;

    /// <summary>Adds a time span; returns never when the span is infinite or the time is never.</summary>
    public static long SafeAdd(long now, long span) => span >= long.MaxValue / 4 || span > long.MaxValue - now ? long.MaxValue : now + span;

    /// <summary>Begins the first starts: what every worker needs exists.</summary>
    public void Start(long now, EffectList fx)
    {
        _parts.Starter.Start();
        _parts.Settlement.Settle(now, fx);
    }

    /// <summary>
    /// Something that every worker needs is missing, so there is nothing to launch. The shell looks for it again at
    /// <see cref="NextStart"/>.
    /// </summary>
    public void CannotStart(long now, EndNote note, EffectList fx)
    {
        _parts.Starter.CannotStart(now, note, fx);
        _parts.Settlement.Settle(now, fx);
    }

    /// <summary>Admits a call: it is assigned at once, waits, or is rejected with the reason.</summary>
    public Admission Submit(long now, in CallSpec spec, EffectList fx) =>
        spec.Session == 0 ? SubmitResolved(now, spec, fx) : SubmitResolved(now, _parts.Intake.Sessions.Resolve(spec), fx);

    /// <summary>
    /// Returns why a submission would be rejected, whatever the length of its frame. It changes nothing, so it can be asked before the
    /// frame is encoded.
    /// </summary>
    public Outcome Foresee(long now, in CallSpec spec) =>
        spec.Session == 0 ? _parts.Intake.Foresee(now, spec) : _parts.Intake.Foresee(now, _parts.Intake.Sessions.Resolve(spec));

    /// <summary>Returns the only worker that may run a call of a session, for which it would wait; none without such a worker.</summary>
    public WorkerKey WorkerFor(in CallSpec spec) =>
        spec.Session != 0 && _parts.Intake.Sessions.Resolve(spec) is { Affinity: Affinity.StrictQueue } bound ? bound.Target : default;

    private Admission SubmitResolved(long now, in CallSpec spec, EffectList fx)
    {
        Outcome rejection = _parts.Intake.JudgeCall(now, spec);
        WorkerNode? worker = rejection == Outcome.None ? _parts.Dispatcher.Find(now, spec) : null;
        if (rejection == Outcome.None && worker is null)
        {
            rejection = _parts.Intake.JudgeWait(now, spec);
        }
        if (rejection != Outcome.None)
        {
            return _parts.Intake.Reject(spec, rejection, fx); // changes nothing, so nothing is due
        }
        int index = _parts.Intake.Accept(now, spec, waits: worker is null);
        CallKey key = _parts.Intake.Calls.KeyOf(index);
        if (worker is null)
        {
            _parts.Dispatcher.NoteWaiting(index);
        }
        else
        {
            _parts.Dispatcher.Send(now, worker, index, fx);
        }
        _parts.Settlement.Settle(now, fx);
        return _parts.Intake.Answer(key);
    }

    /// <summary>Gives an idle worker a health check to run: a call that only it can answer, and that does not count as a request.</summary>
    /// <returns>Whether it could.</returns>
    public Admission SubmitCheck(long now, WorkerKey key, in CallSpec spec, EffectList fx)
    {
        return _parts.Dispatcher.FindForCheck(key) is { } worker
            ? SubmitOwn(now, worker, spec, fx)
            : _parts.Intake.Answer(default, Outcome.Cancelled);
    }

    /// <summary>
    /// Gives a worker the next call of the move of a session: the export, then the import. It does not count as a request.
    /// </summary>
    /// <returns>Whether the move goes on.</returns>
    public Admission SubmitMove(long now, in CallSpec spec, EffectList fx)
    {
        if (_parts.Dispatcher.FindForMove(spec.Session) is { } worker)
        {
            return SubmitOwn(now, worker, spec, fx);
        }
        _parts.Settlement.Settle(now, fx);
        return _parts.Intake.Answer(default, Outcome.Cancelled);
    }

    private Admission SubmitOwn(long now, WorkerNode worker, in CallSpec spec, EffectList fx)
    {
        int index = _parts.Intake.Create(now, spec);
        CallKey call = _parts.Intake.Calls.KeyOf(index);
        _parts.Assignments.BeginOwn(index);
        _parts.Dispatcher.Send(now, worker, index, fx);
        _parts.Settlement.Settle(now, fx);
        return _parts.Intake.Answer(call);
    }

    /// <summary>Counts as a use of a session, which begins with it if it has not begun. It needs no worker.</summary>
    public Admission UseSession(long now, ulong session, EffectList fx)
    {
        Outcome rejection = _parts.Intake.Use(now, session, fx);
        _parts.Settlement.Settle(now, fx);
        return _parts.Intake.Answer(default, rejection);
    }

    /// <summary>Sets the input of a call that was submitted without one.</summary>
    public void Identify(CallKey key, ulong input) => _parts.Intake.Identify(key, input);

    /// <summary>The caller has seen some of the call's results, so the call must not run again.</summary>
    public void Commit(CallKey key) => _parts.Intake.Commit(key);

    /// <summary>Releases an input from quarantine and suspicion; 0 stands for all.</summary>
    public void LiftQuarantine(ulong input) => _parts.Intake.LiftQuarantine(input);

    /// <summary>Handles a worker's reply. A reply to a call that has ended only ends its assignment; an unknown one is ignored.</summary>
    /// <param name="now">The time.</param>
    /// <param name="from">The worker.</param>
    /// <param name="key">The call.</param>
    /// <param name="runTime">The run time of the tool; -1 when unknown.</param>
    /// <param name="failed">Whether it raised.</param>
    /// <param name="fx">Gets the effects.</param>
    /// <returns>Whether the reply is the call's outcome.</returns>
    public bool Replied(long now, WorkerKey from, CallKey key, long runTime, bool failed, EffectList fx)
    {
        bool isOutcome = _parts.Running.Reply(now, from, key, runTime, failed, fx);
        _parts.Settlement.Settle(now, fx);
        return isOutcome;
    }

    /// <summary>A worker returned a call before it began it.</summary>
    public void Recalled(long now, WorkerKey from, CallKey key, EffectList fx)
    {
        _parts.Running.NoteRecalled(now, from, key, fx);
        _parts.Settlement.Settle(now, fx);
    }

    /// <summary>The caller no longer waits.</summary>
    public void Abandon(long now, CallKey key, AbandonReason why, EffectList fx)
    {
        _parts.Running.Abandon(now, key, why, fx);
        _parts.Settlement.Settle(now, fx);
    }

    /// <summary>
    /// The worker's process has ended and its output was read to the end. In this step its calls are judged.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="key">The worker.</param>
    /// <param name="begun">The calls that it has, or may have, begun.</param>
    /// <param name="fx">Gets the effects.</param>
    /// <param name="note">How it ended.</param>
    public void Exited(long now, WorkerKey key, ReadOnlySpan<CallKey> begun, EffectList fx, EndNote note = default)
    {
        if (_parts.Roster.Find(key) is { } worker)
        {
            _parts.Ends.End(now, worker, begun, note, isGone: true, fx);
        }
        _parts.Settlement.Settle(now, fx);
    }

    /// <summary>Handles a signal about a worker. Signals of earlier generations are ignored.</summary>
    public void Apply(long now, in WorkerSignal signal, EffectList fx)
    {
        if (_parts.Roster.Find(signal.Worker) is { } worker)
        {
            _parts.Signals.Apply(now, worker, signal, fx);
        }
        _parts.Settlement.Settle(now, fx);
    }

    public void Apply(long now, in PoolCommand command, EffectList fx)
    {
        _parts.Commands.Apply(now, command, fx);
        _parts.Settlement.Settle(now, fx);
    }

    /// <summary>
    /// Takes other settings over: the parts are created anew with the same state, then everything that the old settings had decided is
    /// decided again. Workers are replaced only if the make of new ones is another.
    /// </summary>
    public void Reconfigure(long now, PoolPlan plan, EffectList fx)
    {
        PoolPlan before = _parts.Plan;
        _parts = _parts.Under(plan);
        _parts.Adoption.Begin(now, before, fx);
        _parts.Settlement.Settle(now, fx);
    }

    /// <summary>Does what is due. Calling it early or often is harmless.</summary>
    public void Tick(long now, EffectList fx)
    {
        _parts.Running.Tick(now, fx);
        if (now >= _parts.Settlement.WorkersDue)
        {
            _parts.Timers.Tick(now, fx);
        }
        _parts.Settlement.Settle(now, fx);
    }

    /// <summary>Returns the number of waiting calls of the key; known only where it is limited.</summary>
    public int WaitingOf(ulong key) => _parts.Intake.Queue.WaitingOf(key);

    /// <summary>Returns the worker that serves in the slot; none when there is none.</summary>
    public WorkerKey CurrentOf(int slot) => slot < _parts.Roster.Slots.Length ? _parts.Roster.Slots[slot].Current?.Key ?? default : default;

    /// <summary>Returns the number of calls that the worker has begun; 0 when it is no longer known.</summary>
    public long RequestsOf(WorkerKey worker) =>
        _parts.Roster.Find(worker) is { } known ? known.Requests - known.Waiting : 0;

    /// <summary>Returns the calls that the worker has, in the order in which it got them.</summary>
    public List<CallKey> CallsOf(WorkerKey worker) => _parts.Roster.Find(worker) is { } known ? _parts.Assignments.KeysOf(known) : [];

    public int ErrorsOf(WorkerKey worker) => _parts.Roster.Find(worker)?.History.Errors ?? 0;

    public bool IsServing(WorkerKey worker) => _parts.Roster.Find(worker) is { Phase: WorkerPhase.Serving };

    /// <summary>Returns how long a worker of that slot serves.</summary>
    public long EffectiveTtl(int slot) => _parts.Viewer.EffectiveTtl(slot);

    /// <summary>Returns whether a slot gets no calls (1 or 0), or how many of all slots (-1) get none.</summary>
    public int CountTainted(int slot) => slot < 0 ? _parts.Roster.Count(SlotFact.Tainted) : _parts.Roster.Slots[slot].IsTainted ? 1 : 0;

    /// <param name="view">The copy to fill.</param>
    /// <param name="withCalls">Whether to copy each call too. There may be many.</param>
    public void CopyTo(PoolView view, bool withCalls = true) => _parts.Viewer.CopyTo(view, withCalls);

    /// <summary>Returns whether the counts agree with the state. It checks everything, for tests.</summary>
    public bool IsConsistent() => _parts.Roster.IsConsistent();

    /// <summary>Saves or loads the state.</summary>
    public void Exchange(KernelImage image) => _parts.Exchange(image);
}
