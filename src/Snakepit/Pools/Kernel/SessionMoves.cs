namespace Snakepit.Pools.Kernel;

/// <summary>
/// The moves of strict sessions with their state. A worker that retires gives its sessions away one after another, each when it and the
/// worker that takes the session over are both idle. Until a move is over, neither of them runs anything else, and the session's calls
/// wait. A session whose move has failed stays with its worker, which serves it as one that cannot move. No move begins while the pool
/// shuts down, because every worker leaves.
/// </summary>
internal sealed class SessionMoves(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Availability availability, Intake intake)
{
    private readonly Sessions _sessions = intake.Sessions;
    private readonly List<SessionGiver> _givers = [];
    private readonly List<SessionMove> _moves = []; // at most one for each giver

    /// <summary>Whether sessions move or wait for their moves.</summary>
    public bool Any => _givers.Count > 0 || _moves.Count > 0 || agenda.Moves.Count > 0;

    /// <summary>A worker retires. It keeps the sessions that no other worker takes over.</summary>
    public void Offer(WorkerNode worker)
    {
        if (worker is not { Features.CanMove: true, Bound.StrictSessions: > 0 })
        {
            return;
        }
        var giver = new SessionGiver { Worker = worker.Key };
        _sessions.CopyStrictOf(worker, giver.Untried);
        _givers.Add(giver);
        worker.Bound.Gives = true; // until it is known whether there is an heir
        agenda.LookAt(worker);
    }

    /// <summary>The shell begins the export or the import of a session.</summary>
    /// <returns>The worker that does it; null when the move is over.</returns>
    public WorkerNode? BeginCall(ulong session)
    {
        if (Find(session) is not { Stage: MoveStage.Ordered or MoveStage.Exported } move)
        {
            return null;
        }
        bool exports = move.Stage == MoveStage.Ordered;
        WorkerNode? worker = roster.Find(exports ? move.From : move.To);
        if (worker is not { Phase: WorkerPhase.Serving or WorkerPhase.Draining, Load: 0 })
        {
            agenda.Note(new MoveReply(session, Succeeded: false, IsLate: false));
            return null;
        }
        move.Stage = exports ? MoveStage.Exporting : MoveStage.Importing;
        return worker;
    }

    /// <summary>The shell cannot go on with a move, of which no call is under way.</summary>
    public void Cancel(ulong session)
    {
        if (Find(session) is { Stage: MoveStage.Ordered or MoveStage.Exported })
        {
            agenda.Note(new MoveReply(session, Succeeded: false, IsLate: false));
        }
    }

    /// <summary>Goes on with the moves whose calls have ended, and begins those that can begin.</summary>
    public void Settle(EffectList fx)
    {
        int moving = _moves.Count;
        foreach (MoveReply reply in agenda.Moves)
        {
            if (Find(reply.Session) is { } move)
            {
                Continue(move, reply, fx);
            }
        }
        agenda.Moves.Clear();
        bool mayBegin = _moves.Count == moving; // calls that waited for the end of a move come before the next one
        agenda.Dispatch |= !mayBegin;
        for (int i = _givers.Count - 1; i >= 0; i--)
        {
            if (!Give(_givers[i], mayBegin, fx))
            {
                Release(_givers[i]);
                _givers.RemoveAt(i);
            }
        }
    }

    public void Exchange(KernelImage image)
    {
        int givers = image.Of(_givers.Count);
        for (int i = 0; i < givers; i++)
        {
            if (image.IsLoading)
            {
                _givers.Add(new SessionGiver());
            }
            _givers[i].Exchange(image);
        }
        int moves = image.Of(_moves.Count);
        for (int i = 0; i < moves; i++)
        {
            if (image.IsLoading)
            {
                _moves.Add(new SessionMove());
            }
            _moves[i].Exchange(image);
        }
    }

    private SessionMove? Find(ulong session) => _moves.Find(move => move.Session == session);

    private void Continue(SessionMove move, in MoveReply reply, EffectList fx)
    {
        if (reply.Succeeded && move.Stage == MoveStage.Exporting)
        {
            move.Stage = MoveStage.Exported;
            return;
        }
        _moves.Remove(move);
        WorkerNode? old = roster.Find(move.From);
        WorkerNode? heir = roster.Find(move.To);
        SessionNode? session = _sessions.Find(move.Session);
        if (reply.Succeeded && session is not null && session.Worker == old && old is not null && IsServing(heir))
        {
            HandOver(session, old, heir!, fx);
        }
        else if (move.Stage == MoveStage.Importing && IsServing(heir))
        {
            fx.Add(Effect.EndSession(move.To, move.Session, move.From)); // it may have the state as well
        }
        if (reply.IsLate && old is not null)
        {
            old.Features.CanMove = false; // its other sessions would take as long
        }
        EndMove(old);
        EndMove(heir);
        _sessions.Leave(move.Session);
    }

    private void EndMove(WorkerNode? worker)
    {
        if (worker is not null)
        {
            worker.Bound.Moves = false;
            availability.Update(worker);
            agenda.LookAt(worker);
        }
    }

    /// <summary>The session's calls that wait for the old worker wait for the new one, in the order in which they came.</summary>
    private void HandOver(SessionNode session, WorkerNode old, WorkerNode heir, EffectList fx)
    {
        _sessions.Move(session, heir);
        for (int index = session.Calls > 1 ? old.Bound.First : -1; index >= 0;)
        {
            int next = intake.Calls[index].Next;
            if (intake.Calls[index].Spec.Session == session.Number)
            {
                intake.Bound.Remove(index);
                intake.Bound.Bind(index, heir);
            }
            index = next;
        }
        if (IsServing(old))
        {
            fx.Add(Effect.EndSession(old.Key, session.Number, heir.Key));
        }
        fx.Add(Effect.SessionMoved(old.Key, session.Number, heir.Key));
        if (heir.Phase == WorkerPhase.Draining)
        {
            OfferAgain(heir, session.Number);
        }
    }

    /// <summary>The heir has itself retired meanwhile.</summary>
    private void OfferAgain(WorkerNode heir, ulong session)
    {
        if (_givers.Find(giver => giver.Worker == heir.Key) is { } giver)
        {
            giver.Untried.Enqueue(session);
        }
        else
        {
            Offer(heir);
        }
    }

    /// <summary>Begins the next move of a worker, if it can and may begin.</summary>
    /// <returns>Whether the worker may have more to give.</returns>
    private bool Give(SessionGiver giver, bool mayBegin, EffectList fx)
    {
        if (roster.Find(giver.Worker) is not { Phase: WorkerPhase.Draining } old)
        {
            return false;
        }
        if (old.Bound.Moves)
        {
            return true;
        }
        while (giver.Untried.TryPeek(out ulong next) && !CanMove(_sessions.Find(next), old))
        {
            giver.Untried.Dequeue();
        }
        if (giver.Untried.Count == 0 || !old.Features.CanMove || status.IsClosing)
        {
            return false;
        }
        WorkerNode? heir = FindHeir(giver, old);
        bool gives = heir is not null;
        if (old.Bound.Gives != gives)
        {
            old.Bound.Gives = gives;
            agenda.LookAt(old);
        }
        if (heir is null || old is { Load: > 0 } or { Slot.IsTainted: true } or { Limits.Look: not MemoryLook.None })
        {
            return true;
        }
        if (!giver.IsExpected)
        {
            giver.IsExpected = true;
            heir.Bound.Expects++;
            availability.Update(heir);
        }
        if (mayBegin && heir is { Load: 0, Bound.Moves: false, Limits.Look: MemoryLook.None })
        {
            Begin(giver, old, heir, fx);
        }
        return true;
    }

    private void Begin(SessionGiver giver, WorkerNode old, WorkerNode heir, EffectList fx)
    {
        int waiting = old.Bound.First; // its session first, because a caller waits
        SessionNode session = waiting >= 0 && _sessions.Find(intake.Calls[waiting].Spec.Session) is { } awaited && CanMove(awaited, old)
            ? awaited : _sessions.Find(giver.Untried.Dequeue())!;
        session.IsTried = true;
        session.Calls++;
        old.Bound.Moves = heir.Bound.Moves = true;
        availability.Update(heir);
        _moves.Add(SessionMove.Create(session.Number, old.Key, heir.Key));
        fx.Add(Effect.MoveSession(old.Key, session.Number, heir.Key));
    }

    /// <summary>
    /// Returns the worker that takes the next session over: the known one, unless it is due itself and another one is not.
    /// </summary>
    private WorkerNode? FindHeir(SessionGiver giver, WorkerNode old)
    {
        WorkerNode? known = FindInheriting(giver.Heir);
        if (known is { Slot.RetireDue: false })
        {
            return known;
        }
        WorkerNode? best = FindBest(old, known);
        if (best is null || best != known)
        {
            Unexpect(giver);
            giver.Heir = best?.Key ?? default;
        }
        return best;
    }

    /// <summary>
    /// Returns the replacement, or else, of the workers that are not due themselves if there are any, the one with the fewest sessions.
    /// </summary>
    private WorkerNode? FindBest(WorkerNode old, WorkerNode? known)
    {
        WorkerNode? best = known ?? FindInheriting(old.Exit.ReplacedBy);
        if (best is { Slot.RetireDue: false })
        {
            return best;
        }
        foreach (SlotNode slot in roster.Each(SlotFact.Serving))
        {
            best = CanInherit(slot.Current!) && (best is null || OrderOf(slot.Current!).CompareTo(OrderOf(best)) < 0)
                ? slot.Current : best;
        }
        return best;
    }

    private WorkerNode? FindInheriting(WorkerKey key) => roster.Find(key) is { } worker && CanInherit(worker) ? worker : null;

    private static (bool IsDue, int Sessions) OrderOf(WorkerNode heir) => (heir.Slot.RetireDue, heir.Bound.Sessions);

    private bool CanInherit(WorkerNode worker) =>
        worker is { Phase: WorkerPhase.Serving, Features.CanMove: true, Progress.PastCancelGrace: false, Slot.IsTainted: false }
        && !plan.IsExhausted(worker);

    private void Release(SessionGiver giver)
    {
        Unexpect(giver);
        if (roster.Find(giver.Worker) is { Bound.Gives: true } worker)
        {
            worker.Bound.Gives = false;
            agenda.LookAt(worker);
        }
    }

    private void Unexpect(SessionGiver giver)
    {
        if (giver.IsExpected && roster.Find(giver.Heir) is { } heir)
        {
            heir.Bound.Expects--;
            availability.Update(heir);
            agenda.Dispatch = true;
        }
        giver.IsExpected = false;
    }

    private static bool CanMove(SessionNode? session, WorkerNode from) =>
        session is { Phase: SessionPhase.Open, IsStrict: true, IsTried: false } && session.Worker == from;

    private static bool IsServing(WorkerNode? worker) => worker is { Phase: WorkerPhase.Serving or WorkerPhase.Draining };
}
