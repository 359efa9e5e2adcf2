using System.Diagnostics;

namespace Snakepit.Pools.Kernel;

/// <summary>
/// The calls that the pool knows, and the waiting ones among them: it decides which calls are admitted, which wait, which are rejected, and
/// which comes next.
/// </summary>
internal sealed class Intake(
    PoolPlan plan, PoolStatus status, Agenda agenda, Roster roster, Paces paces, Quarantine quarantine, CallTable calls, Sessions sessions)
{
    private const double SheddingMargin = 1.25;
    private long _tickets;
    private readonly Saturation _saturation = new();

    public CallTable Calls { get; } = calls;

    public DeadlineWheel Wheel { get; } = new(calls, plan.Frequency);

    public CallQueue Queue { get; } = new(calls, plan);

    public BoundLanes Bound { get; } = new(calls, roster, agenda);

    public Sessions Sessions { get; } = sessions;

    /// <summary>The number of all waiting calls.</summary>
    public int Waiting => Queue.Count + Bound.Count;

    public long Accepted { get; private set; }

    public long Rejected { get; private set; }

    /// <summary>The number of callers' calls that workers have.</summary>
    public int Running { get; set; }

    public bool HasQuota => plan.MaxConcurrent == 0 || Running < plan.MaxConcurrent;

    /// <summary>Returns how many of the waiting calls could run if there were workers.</summary>
    public int CountStartable() => plan.MaxConcurrent == 0 ? Queue.Count : Math.Clamp(plan.MaxConcurrent - Running, 0, Queue.Count);

    /// <summary>Whether a call that returns from a worker may wait again.</summary>
    public bool MayQueueAgain => !status.IsFailing && (!status.IsClosing || plan.DrainQueueOnStop);

    public IReadOnlyList<Suspect> Suspects => quarantine.Suspects;

    public bool TakesChecks => !status.IsClosing;

    public void Identify(CallKey key, ulong input)
    {
        int index = Calls.Find(key);
        if (index >= 0)
        {
            ref CallState call = ref Calls[index];
            call.Spec = call.Spec with { Input = input };
        }
    }

    public void Commit(CallKey key)
    {
        int index = Calls.Find(key);
        if (index >= 0)
        {
            ref CallState call = ref Calls[index];
            call.Spec = call.Spec with { Idempotent = false };
        }
    }

    public void LiftQuarantine(ulong input)
    {
        if (input == 0)
        {
            quarantine.Clear();
        }
        else
        {
            quarantine.Clear(input);
        }
    }

    /// <summary>Returns why a submission would be rejected, whatever the length of its frame.</summary>
    public Outcome Foresee(long now, in CallSpec spec) =>
        JudgeCall(now, spec) is not Outcome.None and var rejection ? rejection
        : Queue.Count > 0 && spec.Target.IsNone ? JudgeWait(now, spec)
        : Outcome.None;

    /// <summary>Returns why a call is rejected, whatever else waits or runs.</summary>
    public Outcome JudgeCall(long now, in CallSpec spec) =>
        status.IsClosing ? Outcome.PoolStopping
        : status.IsFailing ? Outcome.PoolFailing
        : spec.Deadline <= now ? Outcome.DeadlineInQueue
        : spec.Input != 0 && quarantine.Holds(spec.Input, now) ? Outcome.Quarantined
        : !spec.Target.IsNone
            && roster.Find(spec.Target) is not { Phase: WorkerPhase.Serving or WorkerPhase.Draining } ? Outcome.WorkerLostNotStarted
        : spec.Session != 0 ? Sessions.Judge(spec.Session)
        : Outcome.None;

    /// <summary>Returns whether a call that no worker can take may wait.</summary>
    public Outcome JudgeWait(long now, in CallSpec spec) =>
        spec.Affinity == Affinity.StrictFailFast && !spec.Target.IsNone ? Outcome.WorkerBusy
        : Waiting >= plan.QueueLimit ? Outcome.QueueFull
        : plan.LimitPerKey > 0 && spec.Key != 0 && Queue.WaitingOf(spec.Key) >= plan.LimitPerKey ? Outcome.KeyQueueFull
        : plan.RejectLate && spec.Target.IsNone && WouldWaitInVain(now, spec) ? Outcome.TooLate
        : Outcome.None;

    public Admission Reject(in CallSpec spec, Outcome why, EffectList fx)
    {
        Rejected++;
        if (why == Outcome.SessionLost)
        {
            Sessions.TellLoss(spec.Session, fx);
        }
        if (why == Outcome.KeyQueueFull)
        {
            return new Admission(default, why, Queue.WaitingOf(spec.Key), plan.LimitPerKey);
        }
        if (why is Outcome.QueueFull or Outcome.TooLate)
        {
            _saturation.Report(Waiting, fx);
        }
        return Answer(default, why) with { ExpectedWait = (long)(Queue.Ahead(spec.Priority, spec.Key).Mean / MostRunning(SoundSlots)) };
    }

    /// <summary>Accepts a call that need not wait, or waits from now on.</summary>
    public int Accept(long now, in CallSpec spec, bool waits)
    {
        Accepted++;
        int index = Create(now, spec);
        if (spec.Session != 0)
        {
            EnterSession(now, spec);
        }
        if (waits)
        {
            ref CallState call = ref Calls[index];
            call.Phase = CallPhase.Queued;
            if (call.Spec.Target.IsNone)
            {
                Queue.Add(index);
            }
            else
            {
                Bound.Add(index);
            }
            Wheel.Set(index, Math.Min(spec.Deadline, call.Queue.Arrived + plan.QueueTimeout));
        }
        else if (spec.Target.IsNone)
        {
            _saturation.NoteLength(0, 0);
        }
        return index;
    }

    public Admission Answer(CallKey call, Outcome rejection = Outcome.None) => new(call, rejection, Waiting, plan.QueueLimit);

    public int Create(long now, in CallSpec spec)
    {
        int index = Calls.Allocate();
        ref CallState call = ref Calls[index];
        call.Open = true;
        call.IsOwn = false;
        call.Attempts = 0;
        call.Spec = spec;
        call.Queue.Ticket = ++_tickets;
        call.Queue.Arrived = spec.Since == 0 ? now : spec.Since;
        call.Queue.Run = paces.EstimateOf(spec.Tool);
        return index;
    }

    /// <summary>Ends the first waiting call if its time is over, or if too little is left for a worker to run it.</summary>
    public bool EndIfLate(long now, int index, EffectList fx)
    {
        ref CallState call = ref Calls[index];
        if (call.Wheel.Due <= now)
        {
            Expire(now, index, fx); // before it is due in the wheel
            return true;
        }
        if (plan.RejectLate && call.Spec.Deadline - now < LeastRun(call.Queue.Run))
        {
            NoteVain(call);
            EndQueued(index, Outcome.TooLate, fx);
            return true;
        }
        return false;
    }

    public void Expire(long now, int index, EffectList fx)
    {
        NoteVain(Calls[index]);
        EndQueued(index, Calls[index].Spec.Deadline <= now ? Outcome.DeadlineInQueue : Outcome.QueueTimeout, fx);
    }

    public void EndQueued(int index, Outcome outcome, EffectList fx)
    {
        if (Calls[index].Spec.Target.IsNone)
        {
            Queue.Remove(index);
        }
        else
        {
            Bound.Drop(index);
        }
        Wheel.Remove(index);
        Complete(index, outcome, fx);
        if (Calls[index].Spec.Session is not 0 and ulong session)
        {
            Sessions.Leave(session);
        }
        Calls.Free(index);
        NoteRelief();
    }

    /// <summary>A call that a worker had waits again, in its former position.</summary>
    public void Return(long now, int index)
    {
        ref CallState call = ref Calls[index];
        call.Worker = null;
        call.Phase = CallPhase.Queued;
        if (call.Spec.Session != 0)
        {
            call.Spec = Sessions.Resolve(call.Spec); // it may have become strict meanwhile
        }
        if (call.Spec.Target.IsNone)
        {
            Queue.Return(index);
        }
        else
        {
            Bound.Return(index);
        }
        Wheel.Set(index, Math.Min(call.Spec.Deadline, now + plan.QueueTimeout));
    }

    /// <summary>
    /// A worker gets a call of a session. When no other worker can serve the session any more, its other calls wait for this one too.
    /// </summary>
    public void BindSession(WorkerNode worker, int index, EffectList fx)
    {
        ref CallState call = ref Calls[index];
        if (Sessions.Find(call.Spec.Session) is not { } session)
        {
            return; // the pool is closing
        }
        if (Sessions.Bind(session, worker, fx))
        {
            Gather(session);
        }
        if (session.IsStrict)
        {
            call.Spec = call.Spec with { Target = worker.Key };
        }
    }

    /// <summary>
    /// The worker serves its sessions no more. Those that no other worker can serve are lost, with the calls that wait for the worker.
    /// </summary>
    public void LoseSessions(WorkerNode worker, Reason reason, EffectList fx)
    {
        Sessions.Lose(worker, reason, fx);
        RejectLane(worker, Outcome.WorkerLostNotStarted, fx);
    }

    /// <summary>Ends all calls that wait for any worker.</summary>
    public void RejectQueue(Outcome outcome, EffectList fx)
    {
        while (Queue.First >= 0)
        {
            EndQueued(Queue.First, outcome, fx);
        }
    }

    /// <summary>Ends all waiting calls.</summary>
    public void RejectAll(Outcome outcome, EffectList fx)
    {
        RejectQueue(outcome, fx);
        var bound = new List<CallKey>(Bound.Count);
        Bound.CopyTo(bound);
        bound.ForEach(key => EndQueued(key.Index, outcome, fx));
    }

    /// <summary>Ends the calls that are bound to the worker.</summary>
    public void RejectLane(WorkerNode? worker, Outcome outcome, EffectList fx)
    {
        while (worker?.Bound.First is >= 0 and var first)
        {
            EndQueued(first, outcome, fx);
        }
    }

    public void RejectQuarantined(long now, EffectList fx)
    {
        var waiting = new List<CallKey>(Waiting);
        Queue.CopyTo(waiting);
        Bound.CopyTo(waiting);
        foreach (CallKey key in waiting)
        {
            if (quarantine.Holds(Calls[key.Index].Spec.Input, now))
            {
                EndQueued(key.Index, Outcome.Quarantined, fx);
            }
        }
    }

    /// <summary>The only place where a call gets its outcome.</summary>
    public void Complete(int index, Outcome outcome, EffectList fx)
    {
        ref CallState call = ref Calls[index];
        Debug.Assert(call.Open, "L1");
        call.Open = false;
        WorkerKey worker = default;
        if (call.Phase == CallPhase.Assigned)
        {
            call.Worker!.Totals.Open--;
            worker = call.Worker.Key;
        }
        if (call.Spec.Session != 0)
        {
            Sessions.NoteOutcome(call, outcome);
        }
        fx.Add(Effect.Complete(worker, Calls.KeyOf(index), outcome, Waiting));
    }

    /// <summary>The queue has become shorter.</summary>
    public void NoteRelief() => _saturation.NoteLength(Waiting, Queue.Count);

    public void Exchange(KernelImage image)
    {
        Calls.Exchange(image);
        Queue.Exchange(image);
        Bound.Exchange(image);
        Sessions.Exchange(image);
        Wheel.Exchange(image);
        Accepted = image.Of(Accepted);
        Rejected = image.Of(Rejected);
        Running = image.Of(Running);
        _tickets = image.Of(_tickets);
        _saturation.Exchange(image);
    }

    /// <summary>Uses a session without a call.</summary>
    public Outcome Use(long now, ulong session, EffectList fx)
    {
        Outcome rejection = status.IsClosing ? Outcome.PoolStopping : Sessions.Use(now, session);
        if (rejection == Outcome.SessionLost)
        {
            Sessions.TellLoss(session, fx);
        }
        return rejection;
    }

    private void EnterSession(long now, in CallSpec spec)
    {
        if (Sessions.Enter(now, spec, out SessionNode session))
        {
            Gather(session);
        }
    }

    /// <summary>The calls of a strict session that wait for any worker, from before it had one or was strict, wait for its own.</summary>
    private void Gather(SessionNode session)
    {
        if (session is not { IsStrict: true, Worker: { } worker, Calls: > 1 } || Queue.Count == 0)
        {
            return;
        }
        var waiting = new List<CallKey>(Queue.Count);
        Queue.CopyTo(waiting);
        foreach (CallKey key in waiting)
        {
            if (Calls[key.Index].Spec.Session == session.Number)
            {
                Queue.Remove(key.Index);
                Bound.Bind(key.Index, worker);
            }
        }
    }

    /// <summary>A call has timed out in the queue. A bound call says nothing about the others.</summary>
    private void NoteVain(in CallState call) => _saturation.IsShedding |= call.Spec.Target.IsNone;

    /// <summary>
    /// Returns whether the work ahead of the call takes longer than the call has, with all workers serving. False when there is no work
    /// ahead or nothing is known of it. At first only what is certain counts. Once calls have timed out in the queue, what is likely
    /// counts, with a margin; otherwise nearly all admitted calls would just miss their time.
    /// </summary>
    private bool WouldWaitInVain(long now, in CallSpec spec)
    {
        QueuedWork ahead = Queue.Ahead(spec.Priority, spec.Key);
        // No taint is certain to last.
        double wait = _saturation.IsShedding ? ahead.Mean * SheddingMargin / MostRunning(SoundSlots)
            : ahead.Least / MostRunning(roster.Target);
        return wait > 0 && wait > Math.Min(spec.Deadline - now - LeastRun(paces.EstimateOf(spec.Tool)), plan.QueueTimeout);
    }

    private double LeastRun(in RunEstimate run) => _saturation.IsShedding ? run.Usual : run.Least;

    /// <summary>Returns the number of calls that run at once with that many workers.</summary>
    private int MostRunning(int workers) =>
        plan.MaxConcurrent == 0 ? workers * plan.Capacity : Math.Min(workers * plan.Capacity, plan.MaxConcurrent);

    /// <summary>The number of slots whose workers can take calls now.</summary>
    private int SoundSlots =>
        Math.Max(1, Math.Min(roster.Target - roster.Count(SlotFact.TaintedCurrent), roster.Slots.Length - roster.Count(SlotFact.Tainted)));
}
