using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Places whose workers get no calls for a time.</summary>
public class TaintTests
{
    private static readonly EndNote s_crash = new(Cause: 11, Taints: true);

    [Fact]
    public void Taint_worker_gets_no_call_until_the_end_and_then_at_once()
    {
        KernelDriver pool = Serving(Settings());
        pool.Taint(0, 2_000).Single(EffectKind.ReportTainted);
        CallKey call = pool.Accept();

        Assert.Equal((0, 1), (pool.View.Ready, pool.View.Queue.Count));
        Assert.Equal(call, pool.TickAt(pool.Now + 2_000).Single(EffectKind.Send).Call);
    }

    [Fact]
    public void LiftTaint_calls_that_wait_are_sent()
    {
        KernelDriver pool = Serving(Settings());
        pool.Taint(0, 2_000);
        CallKey call = pool.Accept();

        Assert.Equal(call, pool.LiftTaint().Single(EffectKind.Send).Call);
    }

    [Fact]
    public void Exited_replacement_in_a_tainted_place_waits_ready_until_the_end()
    {
        KernelDriver pool = Serving(Settings(2) with { TaintTime = 2_000 });
        Effect send = pool.Submit().Effects.Single(EffectKind.Send);
        WorkerKey worker = send.Worker;
        pool.Reply(worker, send.Call);
        pool.BootAll(pool.Exit(worker, s_crash));

        Assert.True(pool.Current(worker.Slot).IsNone);
        Assert.Equal(1, pool.View.Ready);
        pool.TickAt(pool.Now + 2_000);
        Assert.Equal(2, pool.View.Ready);
    }
}
