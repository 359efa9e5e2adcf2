using Snakepit.Pools.Kernel;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>The workers that can take a call, by load.</summary>
[Trait("Rule", "P8")]
public class WorkerListsTests
{
    private readonly CallTable _calls = new();

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(129)]
    public void NextLoad_finds_every_filled_list_and_no_other(int loads)
    {
        var lists = new WorkerLists();
        int[] filled = [.. Enumerable.Range(0, loads).Where(static load => load % 63 is 0 or 5)];
        WorkerNode[] workers = [.. filled.Select(Worker)];
        Array.ForEach(workers, lists.Add);

        Assert.Equal(filled, All(lists));
        Array.ForEach(workers, worker => lists.Remove(worker));
        Assert.Empty(All(lists));
        Assert.Equal(-1, lists.NextLoad(loads));
    }

    [Fact]
    public void Remove_from_any_place_keeps_the_others()
    {
        var lists = new WorkerLists();
        WorkerNode[] workers = [Worker(2), Worker(2), Worker(2)];
        Array.ForEach(workers, lists.Add);

        lists.Remove(workers[1]);
        lists.Remove(workers[1]);
        Assert.Same(workers[2], lists.First(2));
        lists.Remove(workers[2]);
        Assert.Same(workers[0], lists.First(2));
        lists.Remove(workers[0]);
        Assert.Null(lists.First(2));
    }

    [Fact]
    public void AddToEnd_comes_after_all_others()
    {
        var lists = new WorkerLists();
        WorkerNode[] workers = [Worker(0), Worker(0), Worker(0), Worker(0)];
        lists.AddToEnd(workers[0]);
        lists.Add(workers[1]);
        lists.AddToEnd(workers[2]);
        lists.Add(workers[3]);

        Assert.Equal([workers[3], workers[1], workers[0], workers[2]], TakeAll(lists));
        lists.AddToEnd(workers[0]);
        lists.AddToEnd(workers[2]);
        lists.Remove(workers[2]);
        lists.AddToEnd(workers[1]);
        Assert.Equal([workers[0], workers[1]], TakeAll(lists));
    }

    private static List<WorkerNode> TakeAll(WorkerLists lists)
    {
        var taken = new List<WorkerNode>();
        while (lists.First(0) is { } worker)
        {
            taken.Add(worker);
            lists.Remove(worker);
        }
        return taken;
    }

    private static List<int> All(WorkerLists lists)
    {
        var all = new List<int>();
        for (int load = lists.NextLoad(0); load >= 0; load = lists.NextLoad(load + 1))
        {
            all.Add(load);
        }
        return all;
    }

    private WorkerNode Worker(int load)
    {
        PoolPlan plan = KernelDriver.Settings();
        var roster = new Roster(plan, new PoolStatus(plan), new Agenda());
        var worker = new WorkerNode(roster.Slots[0], new WorkerKey(0, 1), 0);
        for (int i = 0; i < load; i++)
        {
            worker.Calls.AddLast(_calls, _calls.Allocate());
        }
        return worker;
    }
}
