using Microsoft.Extensions.Time.Testing;
using Snakepit.Pools;
using Snakepit.Pools.Kernel;
using Snakepit.Workers;

namespace Snakepit.Tests.Pools;

/// <summary>L9: memory and replacements that all pools share, and the starts that wait for them.</summary>
[Trait("Rule", "L9")]
public class HostBudgetTests
{
    private const long MiB = 1L << 20;
    private readonly FakeTimeProvider _time = new();
    private readonly List<StartGate> _gates = [];

    [Fact]
    public async Task Workers_start_as_long_as_there_is_room_for_what_one_has_shown_to_need()
    {
        Pool pool = Join(Create(400), "a", size: 4);
        Start first = pool.Enter(0);
        Start second = pool.Enter(1);
        Start third = pool.Enter(2);
        Assert.Equal([true, false, false], [first.HasBegun, second.HasBegun, third.HasBegun]); // nobody knows what a worker needs

        pool.Measure(first, 150);

        await second.Begun;
        Assert.False(third.HasBegun);
        Assert.Equal(300 * MiB, pool.Share.Present(0));
    }

    [Fact]
    public void Every_pool_has_its_first_worker_whatever_the_others_have()
    {
        HostBudget budget = Create(100);
        Pool one = Join(budget, "a", size: 2);
        one.Measure(one.Enter(0), 500);

        Assert.True(Join(budget, "b", size: 1).Enter(0).HasBegun);
        Assert.False(one.Enter(1).HasBegun);
    }

    [Fact]
    public async Task A_replacement_waits_for_the_end_of_another_one()
    {
        HostBudget budget = Create(400);
        Pool one = Join(budget, "a", size: 1);
        Pool other = Join(budget, "b", size: 1);
        Start oldOne = one.Serve(0, 100);
        Start oldOther = other.Serve(0, 150);
        Start next = one.Enter(0);
        Assert.True(next.HasBegun);

        Start waiting = other.Enter(0); // 350 MiB are there, 250 MiB will be
        one.Measure(next, 100);
        Assert.False(waiting.HasBegun);
        one.End(oldOne);

        await waiting.Begun;
        other.End(oldOther);
        Assert.Equal(250 * MiB, one.Share.Present(0) + other.Share.Present(0));
    }

    [Fact]
    public async Task Small_workers_do_not_keep_a_large_one_out()
    {
        HostBudget budget = Create(1_000);
        Pool small = Join(budget, "small", size: 2);
        Pool large = Join(budget, "large", size: 1);
        large.Serve(0, 400);
        Start[] old = [small.Serve(0, 100), small.Serve(1, 100)];
        Start first = small.Enter(0);
        Assert.True(first.HasBegun); // 700 MiB

        Start waiting = large.Enter(0);
        Start second = small.Enter(1);

        Assert.Equal([false, false], [waiting.HasBegun, second.HasBegun]); // though there is room for a small one
        small.Measure(first, 100);
        small.End(old[0]);
        await waiting.Begun;
    }

    [Fact]
    public async Task A_start_that_can_never_have_room_holds_up_nobody()
    {
        HostBudget budget = Create(1_000);
        Pool large = Join(budget, "large", size: 2);
        Pool small = Join(budget, "small", size: 2);
        large.Serve(0, 800);
        Start hopeless = large.Enter(1);
        small.Measure(small.Enter(0), 50);

        Start second = small.Enter(1);

        await second.Begun;
        Assert.False(hopeless.HasBegun);
    }

    [Fact]
    public async Task Allowance_says_how_many_workers_have_room_and_whether_two_have()
    {
        Pool pool = Join(Create(350), "a", size: 8);
        pool.Serve(0, 100);

        Assert.Equal(new Allowance(3, true, int.MaxValue), await pool.Heard(static told => told.Workers == 3));

        pool.Serve(1, 100);
        pool.Serve(2, 100);
        Assert.Equal(new Allowance(3, false, int.MaxValue), await pool.Heard(static told => !told.MayOverlap));
    }

    [Fact]
    public async Task A_worker_that_ends_leaves_its_room_to_its_pool()
    {
        HostBudget budget = Create(350);
        Pool one = Join(budget, "a", size: 2);
        Pool other = Join(budget, "b", size: 8);
        one.Serve(0, 100);
        Start dies = one.Serve(1, 100);
        other.Serve(0, 100);

        one.End(dies);

        Assert.False(other.Enter(1).HasBegun);
        Start restart = one.Enter(1);
        Assert.True(restart.HasBegun);
        await other.Heard(static told => told is { Workers: 1, MayOverlap: false });
    }

    [Fact]
    public async Task A_pool_that_wants_fewer_workers_leaves_their_room_to_others()
    {
        HostBudget budget = Create(350);
        Pool one = Join(budget, "a", size: 2);
        Pool other = Join(budget, "b", size: 8);
        one.Serve(0, 100);
        Start rests = one.Serve(1, 100);
        other.Serve(0, 100);
        Start waiting = other.Enter(1);
        Assert.False(waiting.HasBegun);

        one.Ask(new PoolNeeds(1, 0, 0));
        one.End(rests);

        await waiting.Begun;
    }

    [Fact]
    public async Task A_young_worker_counts_with_what_others_have_needed_then_with_its_own()
    {
        Pool pool = Join(Create(1_000), "a", size: 3);
        pool.Serve(0, 400);
        Start young = pool.Serve(1, 100);
        Assert.Equal(800 * MiB, pool.Share.Present(_time.GetTimestamp()));
        Start third = pool.Enter(2);
        Assert.False(third.HasBegun);

        _time.Advance(TimeSpan.FromMinutes(1));
        pool.Measure(young, 99);

        await third.Begun;
    }

    [Fact]
    public async Task Replacements_go_to_pools_in_turn_and_never_exceed_the_number()
    {
        var budget = new HostBudget(null, 1, _time);
        Pool one = Join(budget, "a", size: 4);
        Pool other = Join(budget, "b", size: 4);
        one.Ask(new PoolNeeds(4, 0, 2));
        await one.Heard(static told => told.Replacements == 1);
        other.Ask(new PoolNeeds(4, 0, 1));
        Assert.Equal(1, budget.Read().Pools[1].WaitingToReplace);

        one.Ask(new PoolNeeds(4, 1, 2)); // begins one
        one.Ask(new PoolNeeds(4, 0, 1)); // has ended it, and wants another one

        Assert.Equal(1, one.Last.Replacements); // it keeps what it still asks for
        one.Ask(new PoolNeeds(4, 0, 0));
        await other.Heard(static told => told.Replacements == 1);
        Assert.Equal(0, one.Last.Replacements);
    }

    [Fact]
    public async Task Leave_gives_everything_back()
    {
        var budget = new HostBudget(null, 1, _time);
        Pool one = Join(budget, "a", size: 1);
        Pool other = Join(budget, "b", size: 1);
        one.Ask(new PoolNeeds(1, 0, 1));
        await one.Heard(static told => told.Replacements == 1);
        other.Ask(new PoolNeeds(1, 0, 1));

        budget.Leave(one.Share);

        await other.Heard(static told => told.Replacements == 1);
    }

    [Fact]
    public void Memory_that_cannot_be_read_is_assumed()
    {
        Pool pool = Join(Create(130), "a", size: 3);
        Start first = pool.Enter(0);
        pool.Measure(first, 0);

        Assert.Equal(64 * MiB, pool.Share.Expected);
        Assert.True(pool.Enter(1).HasBegun);
        Assert.False(pool.Enter(2).HasBegun);
    }

    [Fact]
    public void HardLimit_tells_what_to_expect_before_a_worker_has_shown_it()
    {
        Pool pool = Join(Create(400), "a", size: 3, hardLimit: 200);

        Assert.Equal([true, true, false], [pool.Enter(0).HasBegun, pool.Enter(1).HasBegun, pool.Enter(2).HasBegun]);
    }

    [Fact]
    public async Task A_zygote_counts_as_long_as_workers_share_its_memory()
    {
        Pool pool = Join(Create(400), "a", size: 4);
        Start first = pool.Serve(0, 50);
        var zygote = new NoZygote();
        IZygoteMemory memory = Assert.Single(_gates);

        memory.Note("a", zygote, 300 * MiB);
        memory.Note("a", zygote, 300 * MiB); // does not count twice
        Assert.Equal((300 * MiB, 350 * MiB, 350 * MiB), (pool.Share.Zygotes, pool.Share.Present(0), pool.Share.Used));
        Start second = pool.Enter(1);
        Start third = pool.Enter(2);
        Assert.Equal([true, false], [second.HasBegun, third.HasBegun]);
        memory.Release(zygote);

        await third.Begun;
        Assert.Equal((0, 150 * MiB), (pool.Share.Zygotes, pool.Share.Present(0)));
        memory.Release(zygote);
        memory.Note("unknown", zygote, 300 * MiB);
        Assert.Equal(0, pool.Share.Zygotes);
        pool.End(first);
    }

    private HostBudget Create(int mebibytes)
    {
        var budget = new HostBudget(mebibytes * MiB, null, _time);
        _gates.Add(new StartGate(100, budget));
        return budget;
    }

    private Pool Join(HostBudget budget, string name, int size, int? hardLimit = null) =>
        new(budget, _gates.LastOrDefault() ?? new StartGate(100, budget), name, size, hardLimit);

    private sealed class Pool
    {
        private readonly Lock _lock = new();
        private readonly HostBudget _budget;
        private readonly StartGate _gate;
        private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Pool(HostBudget budget, StartGate gate, string name, int size, int? hardLimit)
        {
            (_budget, _gate) = (budget, gate);
            var options = new PoolOptions { Size = size };
            options.Memory.HardLimit = hardLimit is { } limit ? MemorySize.FromMiB(limit) : null;
            Share = budget.Join(name, () => options, Take);
            Ask(new PoolNeeds(size, 0, 0));
        }

        public PoolShare Share { get; }

        public Allowance Last { get; private set; }

        public void Ask(PoolNeeds needs) => _budget.Ask(Share, needs);

        public Start Enter(int slot)
        {
            var start = new Start(Share.Name, slot);
            _gate.Enter(start);
            return start;
        }

        public Start Serve(int slot, int mebibytes)
        {
            Start start = Enter(slot);
            Measure(start, mebibytes);
            Assert.True(start.HasBegun);
            return start;
        }

        public void Measure(Start start, int mebibytes) => _gate.Measure(start, mebibytes * MiB);

        public void End(Start start) => _gate.End(start);

        public async Task<Allowance> Heard(Func<Allowance, bool> condition)
        {
            while (true)
            {
                Task news;
                lock (_lock)
                {
                    if (condition(Last))
                    {
                        return Last;
                    }
                    news = _news.Task;
                }
                await news.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            }
        }

        private void Take(BudgetNews news)
        {
            lock (_lock)
            {
                Last = news.Allowance;
                _news.SetResult();
                _news = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    private sealed class NoZygote : IZygoteProcess
    {
        public int ProcessId => 0;

        public string LastOutput => "";

        public void Start() => throw new NotSupportedException();

        public void Fork(WorkerStart launch, IWorkerEvents events) => throw new NotSupportedException();

        public void Withdraw(IWorkerEvents events) => throw new NotSupportedException();

        public void End() => throw new NotSupportedException();

        public void Release() => throw new NotSupportedException();
    }

    private sealed class Start(string pool, int slot) : IGatedStart
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Pool => pool;

        public int Slot => slot;

        public Task Begun => _begun.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public bool HasBegun => _begun.Task.IsCompleted;

        public void Begin() => _begun.SetResult();
    }
}
