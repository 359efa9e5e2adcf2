using CsCheck;
using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>The roster's counts agree with its workers, and look-ups do not scan all slots.</summary>
public class RosterTests
{
    private const int Slots = 5_000;

    [Fact]
    public void SlotSet_agrees_with_a_sorted_set()
    {
        Gen.Int[0, Slots - 1].Array[0, 200].Sample(static slots =>
        {
            var set = new SlotSet();
            set.Grow(Slots);
            var expected = new SortedSet<int>();
            foreach (int slot in slots)
            {
                if (expected.Add(slot))
                {
                    set.Add(slot);
                }
                else
                {
                    expected.Remove(slot);
                    set.Remove(slot);
                }
            }
            var found = new List<int>();
            for (int slot = set.Next(0); slot >= 0; slot = set.Next(slot + 1))
            {
                found.Add(slot);
            }
            Assert.Equal(expected, found);
            Assert.Equal(expected.Count, set.Count);
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(63)]
    [InlineData(100)]
    public void WakeTree_finds_every_slot_that_is_due_in_order(int slots)
    {
        Gen.Long[0, 50].Array[slots].Sample(times =>
        {
            var tree = new WakeTree();
            tree.Grow(slots);
            for (int slot = 0; slot < slots; slot++)
            {
                tree.Set(slot, times[slot]);
            }
            var due = new List<int>();
            for (int slot = tree.NextDue(0, 25); slot >= 0; slot = tree.NextDue(slot + 1, 25))
            {
                due.Add(slot);
            }
            Assert.Equal(Enumerable.Range(0, slots).Where(slot => times[slot] <= 25), due);
            Assert.Equal(times.Min(), tree.Earliest);
        });
    }

    [Fact]
    public void WakeTree_that_grows_keeps_its_times()
    {
        var tree = new WakeTree();
        tree.Grow(3);
        tree.Set(2, 7);
        tree.Grow(100);
        tree.Set(99, 9);

        Assert.Equal((7, 7, 9), (tree.Earliest, tree[2], tree[99]));
        Assert.Equal(99, tree.NextDue(3, 10));
    }

    [Fact]
    public void Each_finds_what_becomes_true_meanwhile_and_not_what_is_true_no_more()
    {
        var roster = new Roster(Settings(4), new PoolStatus(Settings(4)), new Agenda());
        var visited = new List<int>();

        foreach (SlotNode slot in roster.Each(SlotFact.Free))
        {
            visited.Add(slot.Index);
            roster.Slots[1].Refills = 1;
            roster.Slots[2].Next = new WorkerNode(roster.Slots[2], new WorkerKey(2, 1), 0);
        }

        Assert.Equal([0, 1, 3], visited);
        Assert.Equal((3, 1, 1), (roster.Count(SlotFact.Free), roster.Count(SlotFact.Starting), roster.Count(SlotFact.Refilling)));
        Assert.True(roster.IsConsistent());
    }

    [Fact]
    public void IsConsistent_a_change_that_nobody_has_noted_is_found()
    {
        var roster = new Roster(Settings(2), new PoolStatus(Settings(2)), new Agenda());
        Assert.Equal(0, roster.Count(SlotFact.Occupied));

        var other = new Roster(Settings(2), new PoolStatus(Settings(2)), new Agenda());
        roster.Slots[1].Leaving.Add(new WorkerNode(other.Slots[1], new WorkerKey(1, 1), 0));

        Assert.False(roster.IsConsistent());
    }

    [Fact]
    public void EarliestWake_a_clock_that_is_put_off_is_corrected()
    {
        KernelDriver pool = Serving(Settings(3) with { PingInterval = 100, LivenessTimeout = 50 });
        long first = pool.Kernel.NextWake;

        pool.TickAt(first);

        Assert.True(pool.Kernel.NextWake > first);
        Assert.True(pool.Kernel.IsConsistent());
    }
}
