using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <content>Waiting calls: the known run times, and the turns of keys.</content>
internal sealed partial class Ledger
{
    private readonly Dictionary<(int Priority, ulong Key), long> _served = [];
    private readonly Dictionary<(int Priority, ulong Key), long> _waitsSince = [];
    private long _turns;
    private bool _inVain;

    /// <summary>True when, before this step, a call had timed out in the queue since it was last empty.</summary>
    public bool HasWaitedInVain { get; private set; }

    /// <summary>The second call of a key that was sent in the last step while another key of the same priority waited.</summary>
    public (CallRecord Served, ulong Waits)? Unfair { get; private set; }

    /// <summary>The number of callers' calls that workers have.</summary>
    public int Running => Calls.Values.Count(static call => call.Worker is not null && call.CheckOf.IsNone);

    public RunEstimate EstimateOf(int tool) => tool == 0 ? default : PaceOf(tool).Estimate;

    private void ObserveQueue(PoolView before, PoolView after)
    {
        HasWaitedInVain = _inVain;
        _inVain |= Completions.Exists(c =>
            c.Worker is null && TargetOf(c.Call).IsNone
            && c.Outcome is Outcome.QueueTimeout or Outcome.DeadlineInQueue or Outcome.TooLate);
        _inVain &= after.Queue.Count > 0;
        var waiting = after.Queue.Select(key => LaneOf(Calls[key])).ToHashSet();
        Unfair = null;
        foreach (SendFact send in Sends.Where(HadAnyWorker))
        {
            if (before.Queue.Contains(send.Call.Key))
            {
                ObserveTurn(send.Call, waiting);
            }
            else if (Judged.Exists(judged => judged.Call == send.Call))
            {
                _served[LaneOf(send.Call)] = ++_turns; // the call came back and was sent again in this step, in its key's turn
            }
        }
        foreach ((int, ulong) gone in _waitsSince.Keys.Except(waiting).ToArray())
        {
            _waitsSince.Remove(gone);
        }
        foreach ((int, ulong) lane in waiting)
        {
            _waitsSince.TryAdd(lane, _turns);
        }
    }

    /// <summary>Returns whether any worker could have run the call, as the first one of a strict session.</summary>
    private bool HadAnyWorker(SendFact send) =>
        send.Call.Spec.Target.IsNone && !SessionSends.Exists(s => s.Call == send.Call && s.Home is not null);

    private void ObserveTurn(CallRecord call, HashSet<(int Priority, ulong Key)> waiting)
    {
        (int Priority, ulong Key) own = LaneOf(call);
        if (call.Attempts == 1 && _served.TryGetValue(own, out long last)) // a call that came back may go before its turn
        {
            foreach ((int Priority, ulong Key) other in waiting)
            {
                bool passed = other != own
                    && other.Priority == own.Priority
                    && _waitsSince.TryGetValue(other, out long since)
                    && last > since
                    && last > _served.GetValueOrDefault(other, -1);
                Unfair = passed ? (call, other.Key) : Unfair;
            }
        }
        _served[own] = ++_turns;
    }

    /// <summary>Starts to count turns anew after a call that came back, which is served before its turn.</summary>
    private void ForgetTurns() => _served.Clear();

    private static (int Priority, ulong Key) LaneOf(CallRecord call) => (call.Spec.Priority, call.Spec.Key);
}
