using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L15: inputs that crash workers.</summary>
public class QuarantineTests
{
    private const ulong Deadly = 7;

    private static PoolPlan Plan => Settings() with { QuarantineAfter = 3, QuarantineTime = 10_000, InitialBackoff = 1, MaxBackoff = 1 };

    [Fact]
    [Trait("Rule", "L15")]
    public void Submit_input_that_killed_three_workers_is_rejected_others_go_on()
    {
        KernelDriver pool = Serving(Plan);
        Assert.Equal([false, false, true], Enumerable.Range(0, 3).Select(_ => Kill(pool)));

        Assert.Equal(Outcome.Quarantined, pool.Submit(input: Deadly).Admission.Rejection);
        pool.Reply(pool.Current(), pool.Accept(input: 8));
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Submit_after_the_quarantine_is_accepted_and_one_more_death_is_enough()
    {
        KernelDriver pool = Serving(Plan);
        _ = Enumerable.Range(0, 3).Select(_ => Kill(pool)).ToArray();
        pool.TickAt(pool.Now + 10_000);

        Assert.True(Kill(pool));
        Assert.Equal(Outcome.Quarantined, pool.Submit(input: Deadly).Admission.Rejection);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Replied_input_is_no_suspect_any_more()
    {
        KernelDriver pool = Serving(Plan);
        Kill(pool);
        Kill(pool);
        pool.Reply(pool.Current(), pool.Accept(input: Deadly));

        Assert.Empty(pool.Kernel.Suspects);
        Assert.False(Kill(pool));
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Exited_idempotent_call_in_quarantine_is_not_run_again()
    {
        KernelDriver pool = Serving(Plan with { MaxAttempts = 9 });
        CallKey call = pool.Accept(idempotent: true, input: Deadly);
        CallKey same = pool.Accept(input: Deadly);
        pool.Boot(NextLaunch(pool, pool.Exit(pool.Current(), call)));
        pool.Boot(NextLaunch(pool, pool.Exit(pool.Current(), call)));

        Effect[] effects = pool.Exit(pool.Current(), call);

        Assert.Equal(
            [(same, Outcome.Quarantined), (call, Outcome.WorkerLostMayHaveRun)],
            effects.Of(EffectKind.Complete).Select(static e => (e.Call, e.Outcome)));
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Exited_worker_that_the_pool_has_killed_accuses_nobody()
    {
        KernelDriver pool = Serving(Plan);
        CallKey call = pool.Accept(input: Deadly);
        pool.Abandon(call);
        WorkerKey worker = pool.Current();
        pool.TickAt(pool.Now + 1_000).Single(EffectKind.Kill);

        pool.Exit(worker, call);

        Assert.Empty(pool.Kernel.Suspects);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Tick_worker_that_not_even_SIGKILL_ends_accuses_nobody()
    {
        KernelDriver pool = Serving(Plan with { QuarantineAfter = 1 });
        pool.Accept(input: Deadly);
        pool.Limit(pool.Current(), Reason.MemoryLimit).Single(EffectKind.Kill);

        pool.TickAt(pool.Now + 500).Single(EffectKind.WorkerUnkillable);

        Assert.Empty(pool.Kernel.Suspects);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Exited_call_that_waits_in_another_channel_is_called_back_and_rejected()
    {
        const int Fast = 1;
        KernelDriver pool = Serving(Pipelining(2) with { QuarantineAfter = 1, QuarantineTime = 10_000 });
        pool.Teach(Fast, runTime: 1);
        Effect deadly = pool.Submit(tool: Fast, input: Deadly).Effects.Single(EffectKind.Send);
        pool.Accept(tool: Fast, input: 8);
        Effect[] behind = [.. Enumerable.Range(0, 2).Select(_ => pool.Submit(tool: Fast, input: Deadly).Effects.Single(EffectKind.Send))];
        Effect waiting = Assert.Single(behind, send => send.Worker != deadly.Worker);

        Effect[] effects = pool.Exit(deadly.Worker, deadly.Call);

        Assert.Equal(waiting.Worker, effects.Single(EffectKind.Recall).Worker);
        Assert.Equal(Outcome.Quarantined, pool.Recall(waiting.Worker, waiting.Call).Single(EffectKind.Complete).Outcome);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void ChangeCode_and_LiftQuarantine_end_it()
    {
        KernelDriver pool = Serving(Plan);
        _ = Enumerable.Range(0, 3).Select(_ => Kill(pool)).ToArray();
        pool.Kernel.LiftQuarantine(Deadly);
        Assert.False(Kill(pool));

        pool.ChangeCode();
        Assert.Empty(pool.Kernel.Suspects);
    }

    [Fact]
    [Trait("Rule", "L15")]
    public void Accuse_many_inputs_keeps_a_bounded_number()
    {
        var quarantine = new Quarantine(Plan);
        for (ulong input = 1; input <= 1_000; input++)
        {
            quarantine.Accuse(input, (long)input);
        }
        Assert.Equal(256, quarantine.Suspects.Count);
        Assert.Equal(1_000UL, quarantine.Suspects[^1].Input);
    }

    /// <summary>Crashes a worker with the input.</summary>
    /// <returns>Whether the crash puts the input in quarantine.</returns>
    private static bool Kill(KernelDriver pool)
    {
        CallKey call = pool.Accept(input: Deadly);
        Effect[] effects = pool.Exit(pool.Current(), call);
        pool.Boot(NextLaunch(pool, effects));
        return effects.Find(EffectKind.InputQuarantined) is not null;
    }

    private static WorkerKey NextLaunch(KernelDriver pool, Effect[] effects)
    {
        while (effects.Find(EffectKind.Launch) is null)
        {
            effects = pool.Wake();
        }
        return effects.Single(EffectKind.Launch).Worker;
    }
}
