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

/// <summary>A call of a session that a worker got, with the workers that the session had before.</summary>
internal readonly record struct SessionSend(
    SimSession Session, CallRecord Call, WorkerRecord Worker, WorkerRecord? Before, WorkerRecord? Home);

/// <content>Sessions: their workers, and how they end.</content>
internal sealed partial class Ledger
{
    public Dictionary<ulong, SimSession> Sessions { get; } = [];

    public List<SessionSend> SessionSends { get; } = [];

    public SimSession? SessionOf(CallRecord call) => Sessions.GetValueOrDefault(call.Spec.Session);

    /// <summary>Returns the only worker that may run the call; none when any may.</summary>
    public WorkerKey TargetOf(CallRecord call) =>
        !call.Spec.Target.IsNone ? call.Spec.Target : SessionOf(call) is { IsStrict: true, Home: { } home } ? home.Key : default;

    /// <summary>True when the call may run on one worker only, even if its session has none yet.</summary>
    public bool IsBound(CallRecord call) => !call.Spec.Target.IsNone || SessionOf(call) is { IsStrict: true };

    public bool HasCalls(SimSession session) => Calls.Values.Any(call => call.Spec.Session == session.Number && !IsDone(call));

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

    private void ObserveSessions(KernelStep input, PoolView after)
    {
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
        bool isClosed = after is { Closing: true, Sessions: 0 };
        foreach (SimSession session in Sessions.Values.Where(session => session.IsOver || isClosed).ToArray())
        {
            Sessions.Remove(session.Number);
        }
    }
}
