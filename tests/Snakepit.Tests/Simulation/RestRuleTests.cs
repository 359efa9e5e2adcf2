using Snakepit.Pools.Kernel;
using Snakepit.Simulation;
using Snakepit.Tests.Pools.Kernel;

namespace Snakepit.Tests.Simulation;

/// <summary>What the simulator's rule about idle workers demands of the kernel, and what it does not.</summary>
[Trait("Rule", "A2")]
[Trait("Rule", "L9")]
public class RestRuleTests
{
    private const long Start = 1_000;
    private const long IdleTimeout = 1_000;
    private const long Late = Start + IdleTimeout + 10;

    /// <summary>
    /// A spare takes over from the killed worker, so as many serve after the step as before. In between only the least that must be ready
    /// did.
    /// </summary>
    [Fact]
    public void Check_idle_workers_may_go_on_when_a_kill_in_the_same_tick_leaves_only_the_least()
    {
        var pool = new JudgedPool(Plan(minReady: 2));
        pool.Start(Start);
        Effect send = pool.Submit(Start, deadline: Start + IdleTimeout).Single(EffectKind.Send);

        Effect[] effects = pool.Tick(Late);

        Assert.Equal((send.Worker, Reason.CancelGrace), (effects.Single(EffectKind.Kill).Worker, effects.Single(EffectKind.Kill).Reason));
        effects.None(EffectKind.WorkerDraining);
        Assert.Equal(3, pool.Ready);
        pool.Exit(Late, send.Worker, send.Call);
        Assert.Equal(Reason.Idle, pool.Tick(Late + IdleTimeout).Single(EffectKind.WorkerDraining).Reason);
    }

    [Fact]
    public void Check_idle_workers_may_not_go_on_when_a_kill_in_the_same_tick_leaves_more_than_the_least()
    {
        JudgedPool pool = WithoutRest(minReady: 1);
        pool.Start(Start);
        pool.Submit(Start, deadline: Start + IdleTimeout).Single(EffectKind.Send);

        AssertBroken(() => pool.Tick(Late));
    }

    [Fact]
    public void Check_idle_workers_may_not_go_on_after_a_kill_before_their_time()
    {
        JudgedPool pool = WithoutRest(minReady: 2);
        pool.Start(Start);
        Effect send = pool.Submit(Start).Single(EffectKind.Send);
        pool.Reply(Start, send.Worker, send.Call);
        pool.Limit(Start + 500, send.Worker, Reason.MemoryLimit).Single(EffectKind.Kill);
        pool.Exit(Start + 500, send.Worker);

        AssertBroken(() => pool.Tick(Late));
    }

    private static PoolPlan Plan(int minReady) =>
        KernelDriver.Settings(3) with { MinReady = minReady, Spares = 1, IdleTimeout = IdleTimeout, CancelGrace = 0 };

    /// <summary>Creates a pool whose kernel lets idle workers go on.</summary>
    private static JudgedPool WithoutRest(int minReady) => new(Plan(minReady), Plan(minReady) with { IdleTimeout = 3 * IdleTimeout });

    private static void AssertBroken(Action step) =>
        Assert.Equal("Recycle_triggers_only_idle_workers_rest", Assert.Throws<InvariantViolationException>(step).Invariant);
}
