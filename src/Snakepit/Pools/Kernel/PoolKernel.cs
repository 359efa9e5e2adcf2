namespace Snakepit.Pools.Kernel;

/// <summary>
/// Makes every decision of a pool: which worker runs a call, which calls wait, which workers start, are replaced, or are killed. It is a
/// deterministic state machine: it gets events with their times, and answers with effects for the shell to perform. It has no I/O, no
/// clock, no tasks and no locks, and one caller at a time. This class only routes: each step goes to the part that it is for, which changes
/// state and records what is due, and the settlement does that.
/// </summary>
internal sealed class PoolKernel
{
    private readonly Roster _roster;
    private readonly Intake _intake;
    private readonly DeadlineWheel _wheel;
    private readonly Assignments _assignments;
    private readonly Dispatcher _dispatcher;
    private readonly RunningCalls _running;
    private readonly Planner _planner;
    private readonly Starter _starter;
    private readonly WorkerEnds _ends;
    private readonly Signals _signals;
    private readonly Commands _commands;
    private readonly WorkerTimers _timers;
    private readonly Settlement _settlement;
    private readonly KernelViewer _viewer;
    private readonly Action<KernelImage>[] _state;

    public PoolKernel(PoolPlan plan, ulong seed)
    {
        var agenda = new Agenda();
        var status = new PoolStatus(plan);
        var quarantine = new Quarantine(plan);
        var paces = new Paces(plan);
        var availability = new Availability(plan, agenda, paces);
        _roster = new Roster(plan, status, agenda);
        _intake = new Intake(plan, status, agenda, _roster, paces, quarantine, new CallTable(), new Sessions(plan, agenda));
        _wheel = _intake.Wheel;
        var assignments = new Assignments(plan, _roster, _intake, paces, availability, quarantine);
        _assignments = assignments;
        var failures = new Failures(plan, status, agenda, _roster, seed);
        var moves = new SessionMoves(plan, status, agenda, _roster, availability, _intake);
        var retirements = new Retirements(plan, agenda, _intake, moves, availability, failures, assignments);
        var replacements = new Replacements(plan, status, agenda, _roster, availability, failures);
        _planner = new Planner(plan, status, agenda, _roster, replacements);
        var recycler = new Recycler(plan, status, agenda, _roster, availability, replacements, _planner, retirements);
        var codeChange = new CodeChange(status, agenda, _roster, replacements, retirements, failures, quarantine);
        var health = new Health(plan, _roster, assignments);
        _starter = new Starter(plan, status, agenda, _roster, _intake, failures, replacements, recycler, retirements, codeChange, health);
        var taints = new Taints(plan, status, agenda, _roster, availability, assignments);
        _ends = new WorkerEnds(plan, status, agenda, _roster, _intake, availability, assignments, failures, retirements, _starter, taints);
        var limits = new Limits(plan, status, agenda, _roster, availability, replacements, _ends, retirements, failures);
        var sizing = new Sizing(plan, status, agenda, _roster, _intake, replacements, retirements, failures);
        var closing = new Closing(plan, status, agenda, _roster, _intake, assignments, retirements, limits);
        _dispatcher = new Dispatcher(plan, agenda, _roster, _intake, paces, availability, assignments, _planner, retirements, moves);
        _running = new RunningCalls(
            plan, status, agenda, _intake, paces, availability, assignments, quarantine, failures, limits, replacements, _ends,
            retirements);
        _signals = new Signals(status, _starter, _ends, limits);
        _commands = new Commands(
            plan, status, agenda, _intake.Sessions, moves, replacements, sizing, codeChange, _planner, taints, closing);
        _timers = new WorkerTimers(
            plan, status, agenda, _roster, _intake, health, _starter, replacements, _planner, limits, sizing, taints, _ends, closing);
        _settlement = new Settlement(
            status, agenda, _roster, _intake, moves, _dispatcher, failures, _planner, sizing, recycler, _starter, closing);
        _viewer = new KernelViewer(plan, status, _roster, _intake, assignments, failures, quarantine, _ends, _settlement);
        _state =
        [
            status.Exchange, _roster.Exchange, image => availability.Exchange(image, _roster), // first, because calls refer to workers
            _intake.Exchange, moves.Exchange, assignments.Exchange, paces.Exchange, quarantine.Exchange, failures.Exchange,
            replacements.Exchange, _planner.Exchange, _starter.Exchange, _ends.Exchange, closing.Exchange, _settlement.Exchange,
            agenda.Exchange,
        ];
    }

    /// <summary>The latest time at which <see cref="Tick"/> has something to do; long.MaxValue for never.</summary>
    public long NextWake => Math.Min(Math.Min(_wheel.NextDue, _assignments.StallsDue), _settlement.WorkersDue);

    /// <summary>The time at which the shell should look again for what every worker needs.</summary>
    public long NextStart => _starter.NextStart;

    public PoolState State => _settlement.State;

    public int QueueLength => _intake.Waiting;

    /// <summary>The number of waiting calls that any worker may run.</summary>
    public int WaitingForAny => _intake.Queue.Count;

    /// <summary>The number of sessions.</summary>
    public int SessionCount => _intake.Sessions.Count;

    public PoolCounts Counts => new(_intake.Accepted, _intake.Rejected, _ends.Recycled);

    public int Target => _roster.Target;

    public int RestingCount => _roster.Resting;

    /// <summary>The number of workers that take calls.</summary>
    public int ServingCount => _roster.Count(SlotFact.Serving);

    /// <summary>One more than the highest slot.</summary>
    public int SlotCount => _roster.Slots.Length;

    /// <summary>Inputs that workers died of.</summary>
    public IReadOnlyList<Suspect> Suspects => _intake.Suspects;

    /// <summary>Adds a time span; returns never when the span is infinite or the time is never.</summary>
    public static long SafeAdd(long now, long span) => span >= long.MaxValue / 4 || span > long.MaxValue - now ? long.MaxValue : now + span;

    /// <summary>Begins the first starts: what every worker needs exists.</summary>
    public void Start(long now, EffectList fx)
    {
        _starter.Start();
        _settlement.Settle(now, fx);
    }

    /// <summary>
    /// Something that every worker needs is missing, so there is nothing to launch. The shell looks for it again at
    /// <see cref="NextStart"/>.
    /// </summary>
    public void CannotStart(long now, EndNote note, EffectList fx)
    {
        _starter.CannotStart(now, note, fx);
        _settlement.Settle(now, fx);
    }

    /// <summary>Admits a call: it is assigned at once, waits, or is rejected with the reason.</summary>
    public Admission Submit(long now, in CallSpec spec, EffectList fx) =>
        spec.Session == 0 ? SubmitResolved(now, spec, fx) : SubmitResolved(now, _intake.Sessions.Resolve(spec), fx);

    /// <summary>
    /// Returns why a submission would be rejected, whatever the length of its frame. It changes nothing, so it can be asked before the
    /// frame is encoded.
    /// </summary>
    public Outcome Foresee(long now, in CallSpec spec) =>
        spec.Session == 0 ? _intake.Foresee(now, spec) : _intake.Foresee(now, _intake.Sessions.Resolve(spec));

    /// <summary>Returns the only worker that may run a call of a session, for which it would wait; none without such a worker.</summary>
    public WorkerKey WorkerFor(in CallSpec spec) =>
        spec.Session != 0 && _intake.Sessions.Resolve(spec) is { Affinity: Affinity.StrictQueue } bound ? bound.Target : default;

    private Admission SubmitResolved(long now, in CallSpec spec, EffectList fx)
    {
        Outcome rejection = _intake.JudgeCall(now, spec);
        WorkerNode? worker = rejection == Outcome.None ? _dispatcher.Find(now, spec) : null;
        if (rejection == Outcome.None && worker is null)
        {
            rejection = _intake.JudgeWait(now, spec);
        }
        if (rejection != Outcome.None)
        {
            return _intake.Reject(spec, rejection, fx); // changes nothing, so nothing is due
        }
        int index = _intake.Accept(now, spec, waits: worker is null);
        CallKey key = _intake.Calls.KeyOf(index);
        if (worker is null)
        {
            _dispatcher.NoteWaiting(index);
        }
        else
        {
            _dispatcher.Send(now, worker, index, fx);
        }
        _settlement.Settle(now, fx);
        return _intake.Answer(key);
    }

    /// <summary>Gives an idle worker a health check to run: a call that only it can answer, and that does not count as a request.</summary>
    /// <returns>Whether it could.</returns>
    public Admission SubmitCheck(long now, WorkerKey key, in CallSpec spec, EffectList fx)
    {
        return _dispatcher.FindForCheck(key) is { } worker
            ? SubmitOwn(now, worker, spec, fx)
            : _intake.Answer(default, Outcome.Cancelled);
    }

    /// <summary>
    /// Gives a worker the next call of the move of a session: the export, then the import. It does not count as a request.
    /// </summary>
    /// <returns>Whether the move goes on.</returns>
    public Admission SubmitMove(long now, in CallSpec spec, EffectList fx)
    {
        if (_dispatcher.FindForMove(spec.Session) is { } worker)
        {
            return SubmitOwn(now, worker, spec, fx);
        }
        _settlement.Settle(now, fx);
        return _intake.Answer(default, Outcome.Cancelled);
    }

    private Admission SubmitOwn(long now, WorkerNode worker, in CallSpec spec, EffectList fx)
    {
        int index = _intake.Create(now, spec);
        CallKey call = _intake.Calls.KeyOf(index);
        _assignments.BeginOwn(index);
        _dispatcher.Send(now, worker, index, fx);
        _settlement.Settle(now, fx);
        return _intake.Answer(call);
    }

    /// <summary>Counts as a use of a session, which begins with it if it has not begun. It needs no worker.</summary>
    public Admission UseSession(long now, ulong session, EffectList fx)
    {
        Outcome rejection = _intake.Use(now, session, fx);
        _settlement.Settle(now, fx);
        return _intake.Answer(default, rejection);
    }

    /// <summary>Sets the input of a call that was submitted without one.</summary>
    public void Identify(CallKey key, ulong input) => _intake.Identify(key, input);

    /// <summary>The caller has seen some of the call's results, so the call must not run again.</summary>
    public void Commit(CallKey key) => _intake.Commit(key);

    /// <summary>Releases an input from quarantine and suspicion; 0 stands for all.</summary>
    public void LiftQuarantine(ulong input) => _intake.LiftQuarantine(input);

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
        bool isOutcome = _running.Reply(now, from, key, runTime, failed, fx);
        _settlement.Settle(now, fx);
        return isOutcome;
    }

    /// <summary>A worker returned a call before it began it.</summary>
    public void Recalled(long now, WorkerKey from, CallKey key, EffectList fx)
    {
        _running.NoteRecalled(now, from, key, fx);
        _settlement.Settle(now, fx);
    }

    /// <summary>The caller no longer waits.</summary>
    public void Abandon(long now, CallKey key, AbandonReason why, EffectList fx)
    {
        _running.Abandon(now, key, why, fx);
        _settlement.Settle(now, fx);
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
        if (_roster.Find(key) is { } worker)
        {
            _ends.End(now, worker, begun, note, isGone: true, fx);
        }
        _settlement.Settle(now, fx);
    }

    /// <summary>Handles a signal about a worker. Signals of earlier generations are ignored.</summary>
    public void Apply(long now, in WorkerSignal signal, EffectList fx)
    {
        if (_roster.Find(signal.Worker) is { } worker)
        {
            _signals.Apply(now, worker, signal, fx);
        }
        _settlement.Settle(now, fx);
    }

    public void Apply(long now, in PoolCommand command, EffectList fx)
    {
        _commands.Apply(now, command, fx);
        _settlement.Settle(now, fx);
    }

    /// <summary>Does what is due. Calling it early or often is harmless.</summary>
    public void Tick(long now, EffectList fx)
    {
        _running.Tick(now, fx);
        if (now >= _settlement.WorkersDue)
        {
            _timers.Tick(now, fx);
        }
        _settlement.Settle(now, fx);
    }

    /// <summary>Returns the number of waiting calls of the key; known only where it is limited.</summary>
    public int WaitingOf(ulong key) => _intake.Queue.WaitingOf(key);

    /// <summary>Returns the worker that serves in the slot; none when there is none.</summary>
    public WorkerKey CurrentOf(int slot) => slot < _roster.Slots.Length ? _roster.Slots[slot].Current?.Key ?? default : default;

    /// <summary>Returns the number of calls that the worker has begun; 0 when it is no longer known.</summary>
    public long RequestsOf(WorkerKey worker) => _roster.Find(worker) is { } known ? known.Requests - _assignments.CountWaiting(known) : 0;

    /// <summary>Returns the calls that the worker has, in the order in which it got them.</summary>
    public List<CallKey> CallsOf(WorkerKey worker) => _roster.Find(worker) is { } known ? _assignments.KeysOf(known) : [];

    public int ErrorsOf(WorkerKey worker) => _roster.Find(worker)?.History.Errors ?? 0;

    public bool IsServing(WorkerKey worker) => _roster.Find(worker) is { Phase: WorkerPhase.Serving };

    /// <summary>Returns how long a worker of that slot serves.</summary>
    public long EffectiveTtl(int slot) => _planner.EffectiveTtl(slot);

    /// <summary>Returns whether a slot gets no calls (1 or 0), or how many of all slots (-1) get none.</summary>
    public int CountTainted(int slot) => slot < 0 ? _roster.Count(SlotFact.Tainted) : _roster.Slots[slot].IsTainted ? 1 : 0;

    /// <param name="view">The copy to fill.</param>
    /// <param name="withCalls">Whether to copy each call too. There may be many.</param>
    public void CopyTo(PoolView view, bool withCalls = true) => _viewer.CopyTo(view, withCalls);

    /// <summary>Returns whether the counts agree with the state. It checks everything, for tests.</summary>
    public bool IsConsistent() => _roster.IsConsistent();

    /// <summary>Saves or loads the state.</summary>
    public void Exchange(KernelImage image)
    {
        foreach (Action<KernelImage> exchange in _state)
        {
            exchange(image);
        }
    }
}
