using Snakepit.Pools;

namespace Snakepit.Tests.Pools;

/// <summary>Tests which nested calls nothing could run.</summary>
[Trait("Rule", "P8")]
public sealed class NestedCallsTests
{
    private readonly NestedCalls _nested = new("text");
    private readonly Dictionary<CallKey, UnaryCall> _open = [];

    [Fact]
    public void A_call_is_counted_once_until_it_leaves()
    {
        UnaryCall first = Nest(Open(slot: 0));
        UnaryCall second = Nest(Open(slot: 1));

        Assert.Equal(Outcome.None, Add(first, workers: 2));
        Assert.Equal(Outcome.None, Add(first, workers: 2)); // it has waited for room, and enters
        Assert.Equal(Outcome.Deadlocked, Add(second, workers: 2));
        _nested.Remove_NeedsLock(first);
        Assert.Equal(Outcome.None, Add(second, workers: 2));
    }

    [Fact]
    public void A_worker_that_its_own_chain_holds_runs_no_nested_call()
    {
        UnaryCall outer = Open(slot: 1);
        UnaryCall inner = Open(slot: 1, outer);

        Assert.Equal(Outcome.DeadlockedInSession, Add(Nest(outer), workers: 4, bound: 1));
        Assert.Equal(Outcome.None, Add(Nest(outer), workers: 4, bound: 2));
        Assert.Equal(Outcome.None, Add(Nest(outer), workers: 4, perWorker: 2, bound: 1));
        Assert.Equal(Outcome.DeadlockedInSession, Add(Nest(inner), workers: 4, perWorker: 2, bound: 1));
        _open.Remove(outer.Key);
        Assert.Equal(Outcome.None, Add(Nest(inner), workers: 4, perWorker: 2, bound: 1));
    }

    [Fact]
    public void Chains_whose_sessions_are_on_each_others_workers_are_a_deadlock()
    {
        UnaryCall first = Open(slot: 1);
        UnaryCall second = Open(slot: 2);
        UnaryCall third = Open(slot: 3);
        UnaryCall waiting = Nest(first);

        Assert.Equal(Outcome.None, Add(waiting, workers: 9, bound: 2));
        Assert.Equal(Outcome.None, Add(Nest(second), workers: 9, bound: 3));
        Assert.Equal(Outcome.DeadlockedInSession, Add(Nest(third), workers: 9, bound: 1)); // 3 for 1, 1 for 2, 2 for 3
        Assert.Equal(Outcome.DeadlockedInSession, Add(Nest(second), workers: 9, bound: 1));
        Assert.Equal(Outcome.None, Add(Nest(third), workers: 9, bound: 4));

        waiting.Worker = new WorkerKey(2, 1); // it runs, and does not wait any more
        Assert.Equal(Outcome.None, Add(Nest(third), workers: 9, bound: 1));
    }

    [Fact]
    public void Chains_on_a_worker_with_room_for_another_call_are_no_deadlock()
    {
        UnaryCall first = Open(slot: 1);
        UnaryCall second = Open(slot: 2);

        Assert.Equal(Outcome.None, Add(Nest(first), workers: 9, perWorker: 2, bound: 2));
        Assert.Equal(Outcome.None, Add(Nest(second), workers: 9, perWorker: 2, bound: 1));
    }

    [Fact]
    public void A_chain_that_has_ended_waits_for_nothing()
    {
        UnaryCall first = Open(slot: 1);
        UnaryCall second = Open(slot: 2);
        UnaryCall waiting = Nest(first);
        Assert.Equal(Outcome.None, Add(waiting, workers: 9, bound: 2));

        _nested.Remove_NeedsLock(waiting);

        Assert.Equal(Outcome.None, Add(Nest(second), workers: 9, bound: 1));
    }

    private Outcome Add(UnaryCall call, int workers, int perWorker = 1, int? bound = null)
    {
        WorkerKey only = bound is { } slot ? new WorkerKey(slot, 1) : default;
        return _nested.TryAdd_NeedsLock(call, new NestedPlaces(workers, perWorker, only), key => _open.GetValueOrDefault(key));
    }

    /// <summary>Returns a call that a worker runs.</summary>
    private UnaryCall Open(int slot, UnaryCall? outer = null)
    {
        UnaryCall call = Nest(outer);
        call.Key = CallKey.Create(_open.Count, 1);
        call.Worker = new WorkerKey(slot, 1);
        _open.Add(call.Key, call);
        return call;
    }

    /// <summary>Returns a call that a host tool of another call makes.</summary>
    private static UnaryCall Nest(UnaryCall? outer)
    {
        var call = new UnaryCall();
        HostToolChain? chain = outer is null ? null : new HostToolChain(
            outer.Request.Chain, "text", "nest", outer.Key, long.MaxValue, CancellationToken.None);
        call.Begin(new CallRequest("nest", Timeout.InfiniteTimeSpan, 0, long.MaxValue, CancellationToken.None, Chain: chain));
        return call;
    }
}
