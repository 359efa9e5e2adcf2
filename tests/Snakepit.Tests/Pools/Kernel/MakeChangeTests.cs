using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>L10: one worker tries another make before the others follow.</summary>
[Trait("Rule", "L10")]
public class MakeChangeTests
{
    [Fact]
    public void Reconfigure_one_tries_it_then_the_others_follow()
    {
        KernelDriver pool = Serving(Settings(size: 3) with { MaxConcurrentRecycles = 3 });

        Effect canary = pool.Reconfigure(pool.Plan with { Blueprint = 1 }).Single(EffectKind.Launch);
        Effect[] proven = pool.Boot(canary.Worker);

        Assert.Equal(1, canary.Blueprint);
        Assert.Equal(1, proven.Single(EffectKind.BlueprintProven).Blueprint);
        Assert.Equal(Reason.ConfigurationChanged, proven.Single(EffectKind.WorkerDraining).Reason);
        Assert.All(proven.Of(EffectKind.Launch), static launch => Assert.Equal(1, launch.Blueprint));
        Assert.Equal(2, proven.Of(EffectKind.Launch).Length);
    }

    [Fact]
    public void LaunchFailed_old_workers_stay_and_later_ones_have_the_old_make()
    {
        KernelDriver pool = Serving(Settings(size: 3));
        WorkerKey canary = pool.Reconfigure(pool.Plan with { Blueprint = 1 }).Single(EffectKind.Launch).Worker;

        Effect[] failed = pool.Signal(SignalKind.LaunchFailed, canary);

        Assert.Equal(1, failed.Single(EffectKind.BlueprintRejected).Blueprint);
        Assert.Equal(3, pool.View.Ready);
        pool.Exit(canary);
        pool.Now += 60_000;
        pool.TickAt(pool.Now).None(EffectKind.Launch);
        Effect[] died = pool.Exit(pool.Current(0));
        Assert.Equal(0, died.Single(EffectKind.Launch).Blueprint);
    }

    [Fact]
    public void ChangeCode_after_the_launch_of_the_canary_is_rejected_alone()
    {
        KernelDriver pool = Serving(Settings(size: 3));
        WorkerKey canary = pool.Reconfigure(pool.Plan with { Blueprint = 1 }).Single(EffectKind.Launch).Worker;
        pool.Now++;
        pool.ChangeCode();

        Effect[] ready = pool.Boot(canary);
        WorkerKey next = pool.Exit(ready.Single(EffectKind.Stop).Worker).Single(EffectKind.Launch).Worker;
        Effect[] failed = pool.Signal(SignalKind.LaunchFailed, next);

        Assert.Equal(1, ready.Single(EffectKind.BlueprintProven).Blueprint);
        failed.Single(EffectKind.CodeRejected);
        failed.None(EffectKind.BlueprintRejected);
    }

    [Fact]
    public void LaunchFailed_others_that_tried_it_meanwhile_end()
    {
        KernelDriver pool = Serving(Settings(size: 3));
        WorkerKey canary = pool.Reconfigure(pool.Plan with { Blueprint = 1 }).Single(EffectKind.Launch).Worker;
        int other = (canary.Slot + 1) % 3;
        pool.Exit(pool.Current(other));
        Effect restart = pool.TickAt(pool.Now + pool.Plan.InitialBackoff).Single(EffectKind.Launch);
        Assert.Equal(1, restart.Blueprint);

        Effect[] failed = pool.Signal(SignalKind.LaunchFailed, canary);

        Assert.Contains(failed, e => e.Kind == EffectKind.Kill && e.Worker == restart.Worker);
        Effect[] again = pool.Exit(restart.Worker);
        pool.Now += 60_000;
        Assert.Equal(0, ((Effect[])[.. failed, .. again, .. pool.TickAt(pool.Now)]).First(e => e.Kind == EffectKind.Launch).Blueprint);
    }

    [Fact]
    public void Reconfigure_back_to_the_proven_make_ends_the_trial()
    {
        KernelDriver pool = Serving(Settings(size: 2));
        WorkerKey canary = pool.Reconfigure(pool.Plan with { Blueprint = 1 }).Single(EffectKind.Launch).Worker;

        Effect[] back = pool.Reconfigure(pool.Plan with { Blueprint = 0 });

        Assert.Equal(canary, back.Single(EffectKind.Kill).Worker);
        back.None(EffectKind.Launch);
        Assert.All(pool.View.Workers, static worker => Assert.Equal(Reason.None, worker.ReplaceReason));
    }

    [Fact]
    public void Reconfigure_second_change_ends_the_trial_of_the_first_one()
    {
        KernelDriver pool = Serving(Settings(size: 2));
        WorkerKey first = pool.Reconfigure(pool.Plan with { Blueprint = 1 }).Single(EffectKind.Launch).Worker;

        Effect[] second = pool.Reconfigure(pool.Plan with { Blueprint = 2 });

        Assert.Equal(first, second.Single(EffectKind.Kill).Worker);
        Effect canary = ((Effect[])[.. second, .. pool.Exit(first)]).First(static e => e.Kind == EffectKind.Launch);
        Assert.Equal(2, canary.Blueprint);
        Assert.Equal(2, pool.Boot(canary.Worker).Single(EffectKind.BlueprintProven).Blueprint);
    }

    [Fact]
    public void Reconfigure_in_mid_recycle_the_replacement_under_way_serves_and_is_replaced_in_turn()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey replacement = pool.Recycle().Single(EffectKind.Launch).Worker;

        pool.Reconfigure(pool.Plan with { Blueprint = 1 }).None(EffectKind.Kill);
        Effect[] swapped = pool.Boot(replacement);

        Assert.Equal(Reason.Manual, swapped.Single(EffectKind.WorkerDraining).Reason);
        Assert.Equal(Reason.ConfigurationChanged, pool.Worker(replacement).ReplaceReason);
        Effect canary = ((Effect[])[.. swapped, .. pool.Exit(swapped.Single(EffectKind.WorkerDraining).Worker)])
            .First(static e => e.Kind == EffectKind.Launch);
        pool.Boot(canary.Worker).Single(EffectKind.BlueprintProven);
    }

    [Fact]
    public void Reconfigure_pool_without_workers_tries_the_new_make_again_and_again()
    {
        var pool = new KernelDriver(Settings());
        WorkerKey first = pool.Start().Single(EffectKind.Launch).Worker;
        pool.Signal(SignalKind.LaunchFailed, first);
        pool.Exit(first);

        Effect canary = pool.Reconfigure(pool.Plan with { Blueprint = 1 }).Single(EffectKind.Launch);

        Assert.Equal(1, canary.Blueprint);
        pool.Boot(canary.Worker).Single(EffectKind.BlueprintProven);
        Assert.Equal(1, pool.View.Ready);
    }

    [Fact]
    public void Reconfigure_capacity_old_workers_keep_theirs_until_they_are_replaced()
    {
        KernelDriver pool = Serving(Settings(size: 2) with { Capacity = 3 });

        WorkerKey canary = pool.Reconfigure(pool.Plan with { Capacity = 1, Blueprint = 1 }).Single(EffectKind.Launch).Worker;
        pool.Boot(canary);
        CallKey[] calls = [.. Enumerable.Range(0, 6).Select(_ => pool.Accept())];

        Assert.Equal(1, pool.Worker(canary).Load);
        Assert.All(pool.View.Workers, static worker => Assert.InRange(worker.Load, 0, 3));
        Assert.True(pool.Kernel.IsConsistent());
        Assert.Equal(6, calls.Length);
    }

    [Fact]
    public void Reconfigure_capacity_from_one_to_many()
    {
        KernelDriver pool = Serving(Pipelining(size: 1));
        WorkerKey canary = pool.Reconfigure(pool.Plan with { Capacity = 4, Blueprint = 1 }).Single(EffectKind.Launch).Worker;
        pool.Accept();

        pool.Boot(canary);
        for (int i = 0; i < 6; i++)
        {
            pool.Accept();
        }

        Assert.Equal(4, pool.Worker(canary).Load);
        Assert.Equal(2, pool.View.Queue.Count);
    }
}
