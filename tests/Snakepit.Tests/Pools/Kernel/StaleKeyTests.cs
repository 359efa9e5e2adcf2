using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>A2, A3: the same inputs give the same decisions, and stale keys have no effect.</summary>
public class StaleKeyTests
{
    [Fact]
    [Trait("Rule", "A3")]
    public void Signals_of_a_worker_that_is_gone_are_ignored()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey old = pool.Current();
        pool.Exit(old);
        pool.Wake();

        Assert.Empty(pool.Exit(old));
        Assert.All(Enum.GetValues<SignalKind>(), kind => Assert.Empty(pool.Signal(kind, old)));
        Assert.All(Enum.GetValues<SignalKind>(), kind => Assert.Empty(pool.Signal(kind, new WorkerKey(7, 1))));
    }

    [Fact]
    [Trait("Rule", "A3")]
    public void Signals_heard_twice_are_ignored()
    {
        KernelDriver pool = Serving(Settings());

        Assert.All(Enum.GetValues<SignalKind>(), kind => Assert.Empty(pool.Signal(kind, pool.Current())));
        pool.Submit().Effects.Single(EffectKind.Send);
    }

    [Fact]
    [Trait("Rule", "A3")]
    public void Calls_that_were_never_known_are_ignored()
    {
        KernelDriver pool = Serving(Settings());

        Assert.Empty(pool.Abandon(default));
        Assert.Empty(pool.Abandon(CallKey.Create(1_000, 1)));
        Assert.Empty(pool.Reply(pool.Current(), CallKey.Create(0, 9)));
    }

    [Fact]
    [Trait("Rule", "A3")]
    public void Abandon_key_whose_entry_is_used_again_does_not_touch_the_new_call()
    {
        KernelDriver pool = Serving(Settings());
        CallKey first = pool.Accept();
        pool.Reply(pool.Current(), first);
        CallKey second = pool.Accept();

        Assert.Equal(first.Index, second.Index);
        Assert.Empty(pool.Abandon(first));
        Assert.Empty(pool.Reply(pool.Current(), first));
        Assert.True(Assert.Single(pool.View.Calls).Open);
    }

    [Fact]
    [Trait("Rule", "A3")]
    public void Replied_by_a_worker_that_no_longer_has_the_call_is_ignored()
    {
        KernelDriver pool = Serving(Settings(size: 2));
        CallKey call = pool.Accept(idempotent: true);
        WorkerKey first = pool.View.Calls[0].Worker;
        WorkerKey second = pool.Exit(first, call).Single(EffectKind.Send).Worker;

        Assert.Empty(pool.Reply(first, call));
        Assert.Equal(Outcome.Replied, pool.Reply(second, call).Single(EffectKind.Complete).Outcome);
    }

    [Fact]
    [Trait("Rule", "A2")]
    public void Random_pauses_depend_on_the_seed_alone()
    {
        static long Pause(ulong seed)
        {
            var kernel = new PoolKernel(Settings() with { Jitter = 1 }, seed);
            var fx = new EffectList();
            kernel.Start(0, fx);
            kernel.Apply(0, new WorkerSignal(SignalKind.LaunchFailed, new WorkerKey(0, 1)), fx);
            return kernel.NextWake;
        }

        Assert.Equal(Pause(1), Pause(1));
        Assert.NotEqual(Pause(1), Pause(2));
        Assert.InRange(Pause(1), 100, 200);
    }
}
