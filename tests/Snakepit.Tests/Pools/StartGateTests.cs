using Snakepit.Pools;

namespace Snakepit.Tests.Pools;

/// <summary>L16: the number of workers of all pools that start at once.</summary>
[Trait("Rule", "L16")]
public class StartGateTests
{
    [Fact]
    public void Enter_begins_as_many_as_there_is_room_for()
    {
        var gate = new StartGate(2);

        Start[] starts = [Enter(gate, "a"), Enter(gate, "a"), Enter(gate, "a")];

        Assert.Equal([true, true, false], starts.Select(static start => start.HasBegun));
    }

    [Fact]
    public void Enter_one_of_each_pool_has_room_whatever_the_others_do()
    {
        var gate = new StartGate(1);
        Enter(gate, "a");

        Assert.True(Enter(gate, "b").HasBegun);
        Assert.False(Enter(gate, "b").HasBegun);
    }

    [Fact]
    public async Task Leave_lets_in_who_came_first()
    {
        var gate = new StartGate(1);
        Start first = Enter(gate, "a");
        Start second = Enter(gate, "a");
        Start third = Enter(gate, "a");

        gate.Leave(first);
        await second.Begun;
        Assert.False(third.HasBegun);

        gate.Leave(second);
        await third.Begun;
    }

    [Fact]
    public async Task Leave_where_others_have_all_the_room_lets_in_the_next_of_the_same_pool()
    {
        var gate = new StartGate(1);
        Enter(gate, "a"); // hangs
        Start waiting = Enter(gate, "a");
        Start first = Enter(gate, "b");
        Start second = Enter(gate, "b");

        gate.Leave(first);
        await second.Begun;
        Assert.False(waiting.HasBegun);
    }

    [Fact]
    public void Leave_again_or_of_one_that_waits_makes_no_room()
    {
        var gate = new StartGate(2);
        Start first = Enter(gate, "a");
        Enter(gate, "a");
        gate.Leave(first);
        gate.Leave(first);
        Enter(gate, "a");
        Start waiting = Enter(gate, "a");

        gate.Leave(waiting);

        Assert.False(waiting.HasBegun);
        Assert.False(Enter(gate, "a").HasBegun);
    }

    [Fact]
    public void TryWithdraw_only_what_waits()
    {
        var gate = new StartGate(1);
        Start begun = Enter(gate, "a");
        Start waiting = Enter(gate, "a");

        Assert.False(gate.TryWithdraw(begun));
        Assert.True(gate.TryWithdraw(waiting));
        Assert.False(gate.TryWithdraw(waiting));
        gate.Leave(begun);
        Assert.True(Enter(gate, "a").HasBegun);
        Assert.False(waiting.HasBegun);
    }

    private static Start Enter(StartGate gate, string pool)
    {
        var start = new Start(pool);
        gate.Enter(start);
        return start;
    }

    private sealed class Start(string pool) : IGatedStart
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Pool { get; } = pool;

        public int Slot => 0;

        public Task Begun => _begun.Task;

        public bool HasBegun => _begun.Task.IsCompleted;

        public void Begin() => _begun.SetResult();
    }
}
