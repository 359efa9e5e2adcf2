using System.Diagnostics;

namespace Snakepit.Pools.Kernel;

/// <summary>
/// The sessions, the workers that they are bound to, and the order of their last use. A session begins with its first call. It is bound
/// to the worker that gets the call. It ends on request, or when it has not been used for its time; a strict one is lost with its worker.
/// </summary>
internal sealed class Sessions(PoolPlan plan, Agenda agenda)
{
    private readonly Dictionary<ulong, SessionNode> _byNumber = [];
    private readonly List<SessionNode> _over = []; // in this step
    private SessionNode? _oldest;
    private SessionNode? _newest;

    /// <summary>The number of sessions, those that are lost and not told included.</summary>
    public int Count => _byNumber.Count;

    /// <summary>No session expires before this time; long.MaxValue when there is none.</summary>
    public long NextDue => _oldest is null ? long.MaxValue : ExpiryOf(_oldest);

    public SessionNode? Find(ulong number) => _byNumber.GetValueOrDefault(number);

    /// <summary>Returns why a call of a session is rejected, whatever waits or runs.</summary>
    public Outcome Judge(ulong number) => Find(number) switch
    {
        null => Count < plan.MaxSessions ? Outcome.None : Outcome.TooManySessions,
        { Phase: SessionPhase.Open } => Outcome.None,
        { Phase: SessionPhase.Ending } => Outcome.SessionEnding,
        _ => Outcome.SessionLost,
    };

    /// <summary>Returns the call with what its session asks for: the only worker that may run it, once there is such a worker.</summary>
    public CallSpec Resolve(in CallSpec spec)
    {
        SessionNode? session = Find(spec.Session);
        bool isStrict = spec.Affinity != Affinity.Hint || session is { IsStrict: true };
        return !isStrict || session is null ? spec : spec with
        {
            Target = session.Worker?.Key ?? default,
            Affinity = spec.Affinity == Affinity.Hint ? Affinity.StrictQueue : spec.Affinity,
        };
    }

    /// <summary>Returns whether no worker may run the call any more, because its session has lost its own.</summary>
    public bool HasLost(in CallSpec spec) =>
        spec.Session != 0 && Find(spec.Session) is { Phase: SessionPhase.Lost or SessionPhase.LossTold };

    /// <summary>Returns whether only one worker may run the call.</summary>
    public bool IsBound(in CallSpec spec) =>
        !spec.Target.IsNone || (spec.Session != 0 && Find(spec.Session) is { IsStrict: true });

    /// <summary>A call was admitted.</summary>
    /// <param name="now">The time.</param>
    /// <param name="spec">The call.</param>
    /// <param name="session">Its session, which begins with its first call.</param>
    /// <returns>Whether the session is strict since this call.</returns>
    public bool Enter(long now, in CallSpec spec, out SessionNode session)
    {
        session = Find(spec.Session) ?? Add(now, spec.Session);
        session.Calls++;
        Touch(now, session);
        if (spec.Affinity == Affinity.Hint || session.IsStrict)
        {
            return false;
        }
        session.IsStrict = true;
        CountBinding(session, 0, 1);
        return true;
    }

    /// <summary>The data of the session is used.</summary>
    /// <returns>Why that may not be.</returns>
    public Outcome Use(long now, ulong number)
    {
        Outcome rejection = Judge(number);
        if (rejection == Outcome.None)
        {
            Touch(now, Find(number) ?? Add(now, number));
        }
        return rejection;
    }

    /// <summary>A worker gets a call of the session, which is bound to it from now on.</summary>
    /// <returns>False when the session was bound to it before.</returns>
    public bool Bind(SessionNode session, WorkerNode worker, EffectList fx)
    {
        if (session.Worker == worker)
        {
            return false;
        }
        Debug.Assert(session is { IsStrict: false } or { Worker: null }, "L11");
        if (session.Worker is { } old)
        {
            Unbind(session);
            fx.Add(Effect.EndSession(old.Key, session.Number));
        }
        session.Worker = worker;
        CountBinding(session, 1, session.IsStrict ? 1 : 0);
        return true;
    }

    /// <summary>A call of a session has its outcome, or one of the pool's own that moves the session.</summary>
    public void NoteOutcome(in CallState call, Outcome outcome)
    {
        if (call.IsOwn && outcome != Outcome.Replied) // else the reply tells
        {
            agenda.Note(new MoveReply(call.Spec.Session, Succeeded: false, IsLate: outcome == Outcome.DeadlineRunning));
        }
        bool isLoss = !call.IsOwn && (outcome is Outcome.WorkerLostNotStarted or Outcome.WorkerLostMayHaveRun);
        if (isLoss && Find(call.Spec.Session) is { Phase: SessionPhase.Lost } session)
        {
            session.Phase = SessionPhase.LossTold;
        }
    }

    /// <summary>A worker has finished a call of the session.</summary>
    public void Leave(long now, ulong number)
    {
        if (Find(number) is { } session)
        {
            Touch(now, session);
        }
        Leave(number);
    }

    /// <summary>A call of the session is over.</summary>
    public void Leave(ulong number)
    {
        if (Find(number) is { } session && --session.Calls == 0 && session.Phase is SessionPhase.Ending or SessionPhase.LossTold)
        {
            _over.Add(session);
            agenda.Sessions = true;
        }
    }

    /// <summary>A call was rejected because its session is lost: the next one begins another session.</summary>
    public void TellLoss(ulong number, EffectList fx)
    {
        SessionNode session = Find(number)!;
        session.Phase = SessionPhase.LossTold;
        if (session.Calls == 0)
        {
            Forget(session, Reason.None, fx);
        }
    }

    /// <summary>Ends a session, as soon as its calls are over.</summary>
    public void End(ulong number, EffectList fx)
    {
        if (Find(number) is not { } session)
        {
            return;
        }
        if (session.Calls == 0)
        {
            End(session, Reason.None, fx);
        }
        else
        {
            session.Phase = session.Phase is SessionPhase.Open or SessionPhase.Ending ? SessionPhase.Ending : SessionPhase.LossTold;
        }
    }

    /// <summary>Ends the sessions that have not been used for their time. A call that waits or runs is a use.</summary>
    public void Tick(long now, EffectList fx)
    {
        while (_oldest is { } session && ExpiryOf(session) <= now)
        {
            if (session.Calls > 0)
            {
                Touch(now, session);
            }
            else
            {
                End(session, Reason.Idle, fx);
            }
        }
    }

    /// <summary>Another worker has the state of a strict session, and is its only worker from now on.</summary>
    public void Move(SessionNode session, WorkerNode heir)
    {
        Unbind(session);
        session.Worker = heir;
        session.IsTried = false;
        CountBinding(session, 1, 1);
    }

    /// <summary>Adds the numbers of the strict sessions of a worker, the one that was used last first.</summary>
    public void CopyStrictOf(WorkerNode worker, Queue<ulong> numbers)
    {
        for (SessionNode? session = _newest; session is not null; session = session.Older)
        {
            if (session.IsStrict && session.Worker == worker)
            {
                numbers.Enqueue(session.Number);
            }
        }
    }

    /// <summary>Releases the sessions of a worker that other workers can serve as well.</summary>
    public void ReleaseHints(WorkerNode worker)
    {
        for (SessionNode? session = _oldest; session is not null && HasHints(worker); session = session.Newer)
        {
            if (session.Worker == worker && !session.IsStrict)
            {
                Unbind(session);
            }
        }
    }

    /// <summary>The worker serves no session any more. Those that no other worker can serve are lost.</summary>
    public void Lose(WorkerNode worker, Reason reason, EffectList fx)
    {
        int lost = 0;
        for (SessionNode? session = _oldest; session is not null && worker.Bound.Sessions > 0; session = session.Newer)
        {
            if (session.Worker != worker)
            {
                continue;
            }
            Unbind(session);
            if (session is { IsStrict: true, Phase: SessionPhase.Open })
            {
                session.Phase = SessionPhase.Lost;
                session.LostFor = reason;
                fx.Add(Effect.SessionLost(worker.Key, session.Number, reason));
                lost++;
            }
        }
        if (lost > 0)
        {
            fx.Add(Effect.SessionsLost(worker.Key, reason, lost));
        }
    }

    /// <summary>The pool stops: no call will come any more, and every worker ends its sessions before it ends itself.</summary>
    public void EndAll()
    {
        for (SessionNode? session = _oldest; session is not null; session = session.Newer)
        {
            Unbind(session);
        }
        _byNumber.Clear();
        _over.Clear();
        _oldest = _newest = null;
    }

    /// <summary>Forgets the sessions that ended in this step.</summary>
    public void Settle(EffectList fx)
    {
        foreach (SessionNode session in _over)
        {
            if (session.Calls == 0)
            {
                End(session, Reason.None, fx);
            }
        }
        _over.Clear();
        agenda.Sessions = false;
    }

    public void Exchange(KernelImage image)
    {
        int count = image.Of(Count);
        SessionNode? saved = _oldest;
        for (int i = 0; i < count; i++)
        {
            ulong number = image.Of(saved?.Number ?? 0);
            SessionNode session = image.IsLoading ? new SessionNode(number) : saved!;
            session.Exchange(image);
            saved = session.Newer;
            if (image.IsLoading)
            {
                _byNumber.Add(number, session);
                AddNewest(session);
            }
        }
    }

    private SessionNode Add(long now, ulong number)
    {
        agenda.Wake |= _oldest is null;
        var session = new SessionNode(number) { UsedAt = now };
        _byNumber.Add(number, session);
        AddNewest(session);
        return session;
    }

    private static bool HasHints(WorkerNode worker) => worker.Bound.Sessions > worker.Bound.StrictSessions;

    private static void CountBinding(SessionNode session, int sessions, int strict)
    {
        if (session.Worker is { } worker)
        {
            worker.Bound.Sessions += sessions;
            worker.Bound.StrictSessions += strict;
        }
    }

    private long ExpiryOf(SessionNode session) => PoolKernel.SafeAdd(session.UsedAt, plan.SessionTtl);

    private void End(SessionNode session, Reason reason, EffectList fx)
    {
        if (session.Worker is { } worker)
        {
            fx.Add(Effect.EndSession(worker.Key, session.Number));
        }
        Forget(session, reason, fx);
    }

    private void Forget(SessionNode session, Reason reason, EffectList fx)
    {
        reason = session.LostFor != Reason.None ? session.LostFor : reason;
        Unbind(session);
        _byNumber.Remove(session.Number);
        Remove(session);
        fx.Add(Effect.SessionOver(session.Number, reason));
    }

    private void Unbind(SessionNode session)
    {
        if (session.Worker is { } worker)
        {
            CountBinding(session, -1, session.IsStrict ? -1 : 0);
            session.Worker = null;
            if (session.IsStrict)
            {
                agenda.LookAt(worker); // a draining one may have nothing more to wait for
            }
        }
    }

    private void Touch(long now, SessionNode session)
    {
        session.UsedAt = now;
        if (session.Newer is not null)
        {
            Remove(session);
            AddNewest(session);
        }
    }

    private void AddNewest(SessionNode session)
    {
        session.Older = _newest;
        session.Newer = null;
        if (_newest is null)
        {
            _oldest = session;
        }
        else
        {
            _newest.Newer = session;
        }
        _newest = session;
    }

    private void Remove(SessionNode session)
    {
        if (session.Older is null)
        {
            _oldest = session.Newer;
        }
        else
        {
            session.Older.Newer = session.Newer;
        }
        if (session.Newer is null)
        {
            _newest = session.Older;
        }
        else
        {
            session.Newer.Older = session.Older;
        }
    }
}
