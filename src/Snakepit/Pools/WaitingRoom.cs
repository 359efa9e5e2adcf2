using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>
/// The calls that found the queue full and wait until it has room, in the order in which the queue would serve them. Only used with
/// <see cref="QueueFullMode.Wait"/>. Their arguments are not encoded yet, so they take no memory of the pool. Used under the pool's lock.
/// </summary>
internal sealed class WaitingRoom
{
    private PoolPlan _plan;
    private readonly OpenCalls _nested; // counts nested calls, also those that wait here
    private readonly CallTable _places = new();
    private CallQueue _order;
    private readonly DeadlineWheel _wheel;
    private UnaryCall?[] _calls = new UnaryCall?[64];
    private long _tickets;

    public WaitingRoom(PoolPlan plan, OpenCalls nested)
    {
        _plan = plan;
        _nested = nested;
        _order = new CallQueue(_places, plan);
        _wheel = new DeadlineWheel(_places, plan.Frequency);
    }

    /// <summary>The number of calls that wait.</summary>
    public int Count => _order.Count;

    /// <summary>The number of calls that were admitted and are being encoded. Each has a reserved position in the queue.</summary>
    public int Entering { get; private set; }

    /// <summary>The number of calls that wait or are being encoded.</summary>
    public int Callers => Count + Entering;

    /// <summary>No call is due before this time.</summary>
    public long NextDue => _wheel.NextDue;

    /// <summary>Orders the calls as another plan says. Those that wait already keep their time limits.</summary>
    public void Adopt(PoolPlan plan)
    {
        var waiting = new List<CallKey>(Count);
        _order.CopyTo(waiting);
        waiting.ForEach(key => _order.Remove(key.Index));
        _plan = plan;
        _order = new CallQueue(_places, plan);
        waiting.ForEach(key => _order.Add(key.Index));
    }

    /// <summary>Returns whether a call has to wait here instead of being submitted to the kernel.</summary>
    public bool IsFor(long now, UnaryCall call, in CallSpec spec, PoolKernel kernel) => kernel.Foresee(now, spec) switch
    {
        Outcome.QueueFull => true,
        Outcome.KeyQueueFull => call.HasWaited, // another call of its key has taken the position meanwhile
        Outcome.None => !call.HasWaited && (Count > 0 || !HasRoom(kernel)), // calls that wait already come first
        _ => false,
    };

    /// <summary>Returns the number of calls of the key that wait, here and in the queue, if the limit is reached.</summary>
    public int? CountExcess(ulong key, PoolKernel kernel)
    {
        int waiting = _plan.LimitPerKey > 0 && key != 0 ? kernel.WaitingOf(key) + _order.WaitingOf(key) : -1;
        return waiting >= _plan.LimitPerKey ? waiting : null;
    }

    /// <summary>Adds a call. One that was admitted and found no room returns to its former position.</summary>
    public void Add(UnaryCall call, in CallSpec spec)
    {
        bool returns = call.HasWaited;
        int index = _places.Allocate();
        ref CallState place = ref _places[index];
        place.Phase = CallPhase.Queued;
        place.Spec = new CallSpec(spec.Deadline, Idempotent: false, spec.Tool, Priority: spec.Priority, Key: spec.Key);
        place.Queue.Arrived = call.Request.SubmittedAt;
        place.Queue.Run = default;
        place.Queue.Ticket = returns ? call.Room.Ticket : ++_tickets;
        call.Room = new RoomPlace(_places.KeyOf(index), place.Queue.Ticket);
        if (index >= _calls.Length)
        {
            Array.Resize(ref _calls, Math.Max(_calls.Length * 2, index + 1));
        }
        _calls[index] = call;
        if (returns)
        {
            _order.Return(index);
        }
        else
        {
            _order.Add(index);
        }
        _wheel.Set(index, Math.Min(spec.Deadline, call.Request.SubmittedAt + _plan.QueueTimeout));
    }

    /// <summary>Removes a call whose caller gives up; returns false when it does not wait here.</summary>
    public bool Remove(UnaryCall call)
    {
        int index = _places.Find(call.Room.Place);
        if (index < 0)
        {
            return false;
        }
        _order.Remove(index);
        TakeOut(index);
        _nested.Unnest(call);
        return true;
    }

    /// <summary>A call that was admitted has been submitted, or never will be.</summary>
    public void Entered() => Entering--;

    /// <summary>
    /// Admits as many calls as the queue has room for, in their order, and ends those that are due or that the pool does not accept.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="kernel">The pool's kernel.</param>
    /// <param name="refusal">The outcome with which the pool rejects all calls; None when the kernel decides.</param>
    /// <param name="ended">The list that gets the calls: those that are admitted with <see cref="Outcome.None"/>.</param>
    public void Open(long now, PoolKernel kernel, Outcome refusal, List<EndedCall> ended)
    {
        for (int index = _wheel.TakeDue(now); index >= 0; index = _wheel.TakeDue(now))
        {
            _order.Remove(index);
            ended.Add(End(index, OutcomeOfDue(_places[index], now), kernel));
        }
        for (int index = _order.First; index >= 0; index = _order.First)
        {
            ref CallState place = ref _places[index];
            Outcome outcome = refusal != Outcome.None ? refusal
                : place.Wheel.Due <= now ? OutcomeOfDue(place, now) // the wheel has not reached it yet
                : kernel.Foresee(now, place.Spec);
            if (outcome is Outcome.QueueFull or Outcome.KeyQueueFull || (outcome == Outcome.None && !HasRoom(kernel)))
            {
                return;
            }
            _order.TakeFirst(index);
            ended.Add(End(index, outcome, kernel));
            // Last: if this step fails, the calls in the list are still admitted, and no others are.
            Entering += outcome == Outcome.None ? 1 : 0;
        }
    }

    private bool HasRoom(PoolKernel kernel) => kernel.QueueLength + Entering < _plan.QueueLimit;

    private EndedCall End(int index, Outcome outcome, PoolKernel kernel)
    {
        UnaryCall call = TakeOut(index);
        if (outcome != Outcome.None)
        {
            _nested.Unnest(call);
        }
        return new EndedCall(call, new CallEnd(outcome, QueueLength: kernel.QueueLength + Count));
    }

    private static Outcome OutcomeOfDue(in CallState place, long now) =>
        place.Spec.Deadline <= now ? Outcome.DeadlineInQueue : Outcome.QueueTimeout;

    private UnaryCall TakeOut(int index)
    {
        UnaryCall call = _calls[index]!;
        _wheel.Remove(index);
        _places.Free(index);
        _calls[index] = null;
        call.Room = call.Room with { Place = default };
        return call;
    }
}
