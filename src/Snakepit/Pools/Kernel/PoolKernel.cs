namespace Snakepit.Pools.Kernel;

/// <summary>
/// Every decision of a pool: who runs a call, who waits, who starts, who is replaced, who is killed. A deterministic state machine: it is
/// told what happened and when, and answers with effects for the shell to carry out. No I/O, no clock, no tasks, no locks; one caller at a
/// time. This is only the door: each step goes to the part it is for, which changes state and notes what is due, and the settlement carries
/// that out.
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
    private readonly WorkerClock _clock;
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
        _intake = new Intake(plan, status, agenda, _roster, paces, quarantine, new CallTable());
        _wheel = _intake.Wheel;
        var assignments = new Assignments(plan, _roster, _intake, paces, availability, quarantine);
        _assignments = assignments;
        var failures = new Failures(plan, status, agenda, _roster, seed);
        var retirements = new Retirements(plan, agenda, availability, failures, assignments);
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
        _dispatcher = new Dispatcher(plan, agenda, _roster, _intake, paces, availability, assignments, _planner, retirements);
        _running = new RunningCalls(
            plan, status, agenda, _intake, paces, availability, assignments, quarantine, failures, limits, replacements, _ends,
            retirements);
        _signals = new Signals(status, _starter, _ends, limits);
        _commands = new Commands(plan, status, agenda, replacements, sizing, codeChange, _planner, taints, closing);
        _clock = new WorkerClock(
            plan, status, agenda, _roster, health, _starter, replacements, _planner, limits, sizing, taints, _ends, closing);
        _settlement = new Settlement(
            status, agenda, _roster, _intake, _dispatcher, failures, _planner, sizing, recycler, _starter, closing);
        _viewer = new KernelViewer(plan, status, _roster, _intake, assignments, failures, quarantine, _ends, _settlement);
        _state =
        [
            status.Exchange, _roster.Exchange, image => availability.Exchange(image, _roster), // first: calls mention workers
            _intake.Exchange, assignments.Exchange, paces.Exchange, quarantine.Exchange, failures.Exchange, replacements.Exchange,
            _planner.Exchange, _starter.Exchange, _ends.Exchange, closing.Exchange, _settlement.Exchange, agenda.Exchange,
        ];
    }

    /// <summary>When <see cref="Tick"/> has something to do at the latest; long.MaxValue: never.</summary>
    public long NextWake => Math.Min(Math.Min(_wheel.NextDue, _assignments.StallsDue), _settlement.WorkersDue);

    /// <summary>When what every worker needs is to be looked for again.</summary>
    public long NextStart => _starter.NextStart;

    public PoolState State => _settlement.State;

    public int QueueLength => _intake.Waiting;

    public PoolCounts Counts => new(_intake.Accepted, _intake.Rejected, _ends.Recycled);

    public int Target => _roster.Target;

    public int RestingCount => _roster.Resting;

    /// <summary>Workers that take calls.</summary>
    public int ServingCount => _roster.Count(SlotFact.Serving);

    /// <summary>One past the highest slot.</summary>
    public int SlotCount => _roster.Slots.Length;

    /// <summary>Inputs that workers died of.</summary>
    public IReadOnlyList<Suspect> Suspects => _intake.Suspects;

    /// <summary>A time; never, when the span is without end or the time is never.</summary>
    public static long SafeAdd(long now, long span) => span >= long.MaxValue / 4 || span > long.MaxValue - now ? long.MaxValue : now + span;

    /// <summary>Begins the first starts: what every worker needs is there.</summary>
    public void Start(long now, EffectList fx)
    {
        _starter.Start();
        _settlement.Settle(now, fx);
    }

    /// <summary>Something is missing that every worker needs, so there is nothing to launch. Who looks for it looks again at <see
    /// cref="NextStart"/>.</summary>
    public void CannotStart(long now, EndNote note, EffectList fx)
    {
        _starter.CannotStart(now, note, fx);
        _settlement.Settle(now, fx);
    }

    /// <summary>Admits a call: it is assigned at once, or waits, or is rejected with the reason.</summary>
    public Admission Submit(long now, in CallSpec spec, EffectList fx)
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

    /// <summary>Why a submission would be rejected, whatever the length of its frame. Changes nothing: so it can be known before the frame
    /// is made.</summary>
    public Outcome Foresee(long now, in CallSpec spec) => _intake.Foresee(now, spec);

    /// <summary>Gives a worker that has nothing else to do a check to run: a call that only it can answer, and that counts as no
    /// request.</summary>
    /// <returns>Whether it could.</returns>
    public Admission SubmitCheck(long now, WorkerKey key, in CallSpec spec, EffectList fx)
    {
        if (_dispatcher.FindForCheck(key) is not { } worker)
        {
            return _intake.Answer(default, Outcome.Cancelled);
        }
        int index = _intake.Create(now, spec);
        CallKey call = _intake.Calls.KeyOf(index);
        _assignments.BeginCheck(index);
        _dispatcher.Send(now, worker, index, fx);
        _settlement.Settle(now, fx);
        return _intake.Answer(call);
    }

    /// <summary>Tells the input of a call that was submitted without one.</summary>
    public void Identify(CallKey key, ulong input) => _intake.Identify(key, input);

    /// <summary>Nothing is held against that input any more; 0: against none.</summary>
    public void LiftQuarantine(ulong input) => _intake.LiftQuarantine(input);

    /// <summary>A worker has answered. An answer to a call that is over ends its assignment only; an unknown one is ignored.</summary>
    /// <param name="now">The time.</param>
    /// <param name="from">The worker.</param>
    /// <param name="key">The call.</param>
    /// <param name="runTime">How long the tool ran; -1: not known.</param>
    /// <param name="failed">It raised.</param>
    /// <param name="fx">What to do.</param>
    /// <returns>Whether the answer is the call's outcome.</returns>
    public bool Replied(long now, WorkerKey from, CallKey key, long runTime, bool failed, EffectList fx)
    {
        bool isOutcome = _running.Reply(now, from, key, runTime, failed, fx);
        _settlement.Settle(now, fx);
        return isOutcome;
    }

    /// <summary>A worker gave a call back before it began it.</summary>
    public void Recalled(long now, WorkerKey from, CallKey key, EffectList fx)
    {
        _running.NoteRecalled(now, from, key, fx);
        _settlement.Settle(now, fx);
    }

    /// <summary>The caller has gone.</summary>
    public void Abandon(long now, CallKey key, AbandonReason why, EffectList fx)
    {
        _running.Abandon(now, key, why, fx);
        _settlement.Settle(now, fx);
    }

    /// <summary>The worker's process is gone and everything it said was read. Its calls are judged here and nowhere else.</summary>
    /// <param name="now">The time.</param>
    /// <param name="key">The worker.</param>
    /// <param name="begun">Those of its calls that it has, or may have, begun.</param>
    /// <param name="fx">What to do.</param>
    /// <param name="note">How it ended.</param>
    public void Exited(long now, WorkerKey key, ReadOnlySpan<CallKey> begun, EffectList fx, EndNote note = default)
    {
        if (_roster.Find(key) is { } worker)
        {
            _ends.End(now, worker, begun, note, isGone: true, fx);
        }
        _settlement.Settle(now, fx);
    }

    /// <summary>There is news of a worker. That of an earlier generation is ignored.</summary>
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

    /// <summary>Does what has fallen due. Calling it early or often is harmless.</summary>
    public void Tick(long now, EffectList fx)
    {
        _running.Tick(now, fx);
        if (now >= _settlement.WorkersDue)
        {
            _clock.Tick(now, fx);
        }
        _settlement.Settle(now, fx);
    }

    /// <summary>How many calls of the key wait; known only where they are limited.</summary>
    public int WaitingOf(ulong key) => _intake.Queue.WaitingOf(key);

    /// <summary>The worker that serves in the slot; none when there is none.</summary>
    public WorkerKey CurrentOf(int slot) => slot < _roster.Slots.Length ? _roster.Slots[slot].Current?.Key ?? default : default;

    /// <summary>How many calls the worker has begun; 0 when it is not known any more.</summary>
    public long RequestsOf(WorkerKey worker) => _roster.Find(worker) is { } known ? known.Requests - _assignments.CountWaiting(known) : 0;

    public int ErrorsOf(WorkerKey worker) => _roster.Find(worker)?.History.Errors ?? 0;

    public bool IsServing(WorkerKey worker) => _roster.Find(worker) is { Phase: WorkerPhase.Serving };

    /// <summary>How long a worker of that slot serves.</summary>
    public long EffectiveTtl(int slot) => _planner.EffectiveTtl(slot);

    /// <summary>Whether a slot (1 or 0), or how many of all (-1), get no calls.</summary>
    public int CountTainted(int slot) => slot < 0 ? _roster.Count(SlotFact.Tainted) : _roster.Slots[slot].IsTainted ? 1 : 0;

    /// <param name="view">What to fill.</param>
    /// <param name="withCalls">Each call too. There may be many.</param>
    public void CopyTo(PoolView view, bool withCalls = true) => _viewer.CopyTo(view, withCalls);

    /// <summary>What is counted agrees with what is there. Looks at everything: for tests.</summary>
    public bool IsConsistent() => _roster.IsConsistent();

    /// <summary>Saves the state, or takes over what was saved.</summary>
    public void Exchange(KernelImage image)
    {
        foreach (Action<KernelImage> exchange in _state)
        {
            exchange(image);
        }
    }
}
