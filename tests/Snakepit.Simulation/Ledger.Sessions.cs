using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>A session as its callers and its workers see it.</summary>
internal sealed class SimSession(ulong number)
{
    public ulong Number { get; } = number;

    /// <summary>True once a call has asked for the session's worker only.</summary>
    public bool IsStrict { get; set; }

    /// <summary>The worker that had the last call; null when that worker is leaving or gone.</summary>
    public WorkerRecord? Worker { get; set; }

    /// <summary>The worker without which the session is lost; null while there is none.</summary>
    public WorkerRecord? Home { get; set; }

    /// <summary>The workers between which it moves with its state; null while it does not.</summary>
    public SimMove? Move { get; set; }

    /// <summary>The move that has ended in the step in which the next one begins, because the new worker leaves as well.</summary>
    public SimMove? MoveBefore { get; set; }

    /// <summary>The move whose new worker has got the state in this step; null when there is none.</summary>
    public SimMove? Imported => MoveBefore is { IsImported: true } ? MoveBefore : Move is { IsImported: true } ? Move : null;

    public bool IsLost { get; set; }

    /// <summary>True when a caller was told of the loss.</summary>
    public bool IsTold { get; set; }

    public bool IsEnding { get; set; }

    /// <summary>True when it ended in this step.</summary>
    public bool IsOver { get; set; }

    public long UsedAt { get; set; }

    /// <summary>The time since which it has no calls; -1 while it has any.</summary>
    public long IdleSince { get; set; } = -1;
}

/// <summary>The move of a session with its state.</summary>
internal sealed class SimMove(WorkerKey from, WorkerKey to)
{
    public WorkerKey From { get; } = from;

    public WorkerKey To { get; } = to;

    /// <summary>True when the old worker has exported the state.</summary>
    public bool IsExported { get; set; }

    /// <summary>True when the new worker has imported the state, in this step.</summary>
    public bool IsImported { get; set; }

    /// <summary>True when it has failed, in this step.</summary>
    public bool HasFailed { get; set; }

    public bool IsOver => IsImported || HasFailed;

    public bool Includes(WorkerKey worker) => worker == From || worker == To;
}

/// <summary>A call of a session that a worker got, with the workers that the session had before.</summary>
internal readonly record struct SessionSend(
    SimSession Session, CallRecord Call, WorkerRecord Worker, WorkerRecord? Before, WorkerRecord? Home);

/// <content>Sessions: their workers, and how they end.</content>
internal sealed partial class Ledger
{
    private readonly Dictionary<ulong, SimMove> _moves = [];

    public Dictionary<ulong, SimSession> Sessions { get; } = [];

    public List<SessionSend> SessionSends { get; } = [];

    public SimSession? SessionOf(CallRecord call) => call.CheckOf.IsNone ? Sessions.GetValueOrDefault(call.Spec.Session) : null;

    /// <summary>Returns the moves that were under way before this step and those that it has begun.</summary>
    public IReadOnlyCollection<SimMove> Moves => _moves.Values;

    /// <summary>Returns the move for which the pool made the call; null for any other call.</summary>
    public SimMove? MoveOf(CallRecord call) => call.CheckOf.IsNone ? null : _moves.GetValueOrDefault(call.Spec.Session);

    /// <summary>Returns the only worker that may run the call; none when any may.</summary>
    public WorkerKey TargetOf(CallRecord call) =>
        !call.Spec.Target.IsNone ? call.Spec.Target : SessionOf(call) is { IsStrict: true, Home: { } home } ? home.Key : default;

    /// <summary>True when the call may run on one worker only, even if its session has none yet.</summary>
    public bool IsBound(CallRecord call) => !call.Spec.Target.IsNone || SessionOf(call) is { IsStrict: true };

    public bool HasCalls(SimSession session) => session.Move is { IsOver: false }
        || Calls.Values.Any(call => call.CheckOf.IsNone && call.Spec.Session == session.Number && !IsDone(call));

    private static bool IsDone(CallRecord call) => call.IsOver && call.Worker is null;

    private void ObserveSessionCall(KernelStep input, in Admission admission, PoolView before)
    {
        CallSpec spec = input.Spec;
        if (spec.Session == 0)
        {
            return;
        }
        if (admission.Rejection == Outcome.SessionLost && Sessions.TryGetValue(spec.Session, out SimSession? lost))
        {
            lost.IsTold = true;
        }
        if (!admission.Accepted)
        {
            return;
        }
        if (!Sessions.TryGetValue(spec.Session, out SimSession? session))
        {
            Sessions.Add(spec.Session, session = new SimSession(spec.Session));
        }
        session.UsedAt = input.Now;
        if (spec.Affinity != Affinity.Hint && !session.IsStrict)
        {
            session.IsStrict = true;
            bool serves = session.Worker is { } worker && Observation.Find(before, worker.Key)?.Phase == WorkerPhase.Serving;
            session.Home = serves ? session.Worker : null;
        }
    }

    private void ObserveSessionSend(CallRecord call, WorkerRecord worker)
    {
        if (SessionOf(call) is { } session)
        {
            SessionSends.Add(new SessionSend(session, call, worker, session.Worker, session.Home));
            session.Worker = worker;
            session.Home ??= session.IsStrict ? worker : null;
        }
    }

    private void ObserveSessionEffect(KernelStep input, in Effect effect)
    {
        switch (effect.Kind)
        {
            case EffectKind.MoveSession when Sessions.TryGetValue(effect.Session, out SimSession? moved):
                moved.MoveBefore = moved.Move;
                _moves[effect.Session] = moved.Move = new SimMove(effect.Worker, effect.Heir);
                break;
            case EffectKind.SessionLost when Sessions.TryGetValue(effect.Session, out SimSession? lost):
                lost.IsLost = true;
                break;
            case EffectKind.SessionOver when Sessions.TryGetValue(effect.Session, out SimSession? over):
                over.IsOver = true;
                break;
            case EffectKind.Complete when Calls.TryGetValue(effect.Call, out CallRecord? call)
                && SessionOf(call) is { IsLost: true } session:
                session.IsTold |= effect.Outcome is Outcome.WorkerLostNotStarted or Outcome.WorkerLostMayHaveRun;
                break;
        }
    }

    /// <summary>The session has changed its worker before any call is sent in this step.</summary>
    private void ObserveMoved(IReadOnlyList<Effect> effects)
    {
        foreach (Effect effect in effects)
        {
            if (effect.Kind == EffectKind.SessionMoved && Sessions.TryGetValue(effect.Session, out SimSession? moved))
            {
                moved.Worker = moved.Home = Workers[effect.Heir];
            }
        }
    }

    private void ObserveMoveCall(in Admission admission, KernelStep input)
    {
        if (!_moves.TryGetValue(input.Spec.Session, out SimMove? move))
        {
            return;
        }
        if (admission.Accepted)
        {
            WorkerKey worker = move.IsExported ? move.To : move.From;
            Calls.Add(admission.Call, new CallRecord(admission.Call, input.Spec, long.MaxValue, input.Now) { CheckOf = worker });
        }
        else
        {
            move.HasFailed = true;
        }
    }

    private void ObserveMoveReply(KernelStep input, CallRecord call)
    {
        if (MoveOf(call) is not { } move || call.IsOver)
        {
            return;
        }
        move.HasFailed |= input.Failed;
        move.IsImported |= !input.Failed && move.IsExported;
        move.IsExported |= !input.Failed;
    }

    private void ObserveUse(KernelStep input, in Admission admission)
    {
        ulong number = input.Spec.Session;
        if (admission.Rejection == Outcome.SessionLost && Sessions.TryGetValue(number, out SimSession? lost))
        {
            lost.IsTold = true;
        }
        if (!admission.Accepted)
        {
            return;
        }
        if (!Sessions.TryGetValue(number, out SimSession? session))
        {
            Sessions.Add(number, session = new SimSession(number));
        }
        session.UsedAt = input.Now;
        session.IdleSince = session.IdleSince < 0 ? -1 : input.Now;
    }

    private void ObserveSessions(KernelStep input, PoolView after)
    {
        if (input is { Kind: StepKind.Command, Command.Kind: CommandKind.CancelMove }
            && _moves.TryGetValue(input.Command.Session, out SimMove? cancelled)
            && !Calls.Values.Any(call => MoveOf(call) == cancelled && !call.IsOver))
        {
            cancelled.HasFailed = true;
        }
        if (input is { Kind: StepKind.Command, Command.Kind: CommandKind.EndSession }
            && Sessions.TryGetValue(input.Command.Session, out SimSession? ended))
        {
            ended.IsEnding = true;
        }
        if (Replied is { } replied && SessionOf(replied) is { } used)
        {
            used.UsedAt = input.Now;
        }
        foreach (SimSession session in Sessions.Values)
        {
            session.IdleSince = HasCalls(session) ? -1 : session.IdleSince < 0 ? input.Now : session.IdleSince;
            bool serves = session.Worker is { } worker && Observation.Find(after, worker.Key)?.Phase == WorkerPhase.Serving;
            session.Worker = serves || session.IsStrict ? session.Worker : null;
        }
    }

    /// <summary>Forgets the sessions that ended in this step; all of them when the pool has let them go to stop.</summary>
    private void SettleSessions(PoolView after)
    {
        SessionSends.Clear();
        foreach ((ulong number, SimMove move) in _moves.Where(static entry => entry.Value.IsOver).ToArray())
        {
            _moves.Remove(number);
            if (Sessions.TryGetValue(number, out SimSession? moved) && moved.Move == move)
            {
                moved.Move = null;
            }
        }
        bool isClosed = after is { Closing: true, Sessions: 0 };
        foreach (SimSession session in Sessions.Values)
        {
            session.MoveBefore = null;
        }
        foreach (SimSession session in Sessions.Values.Where(session => session.IsOver || isClosed).ToArray())
        {
            Sessions.Remove(session.Number);
        }
    }
}
