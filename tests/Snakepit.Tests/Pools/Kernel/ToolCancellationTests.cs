using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>Each tool says what happens to it when its caller gives up.</summary>
[Trait("Rule", "L5")]
public sealed class ToolCancellationTests
{
    private const int Tool = 1;

    [Theory]
    [InlineData(ToolCancellation.Interrupt, true)]
    [InlineData(ToolCancellation.Cooperative, false)]
    public void A_running_tool_is_interrupted_unless_it_only_wants_to_be_told(ToolCancellation how, bool interrupts)
    {
        KernelDriver pool = Serving(Settings());
        CallKey call = Accept(pool, how);

        Effect[] effects = pool.Abandon(call);

        Assert.Equal(interrupts, effects.Single(EffectKind.Cancel).Interrupts);
        effects.None(EffectKind.Kill);
    }

    [Fact]
    public void A_tool_that_is_to_be_killed_loses_its_worker_at_once()
    {
        KernelDriver pool = Serving(Settings());
        WorkerKey worker = pool.Current();
        CallKey call = Accept(pool, ToolCancellation.Kill);

        Effect[] effects = pool.Abandon(call);

        Assert.Equal(Outcome.Cancelled, effects.Single(EffectKind.Complete).Outcome);
        Assert.Equal((worker, Reason.CancelKill), (effects.Single(EffectKind.Kill).Worker, effects.Single(EffectKind.Kill).Reason));
        effects.Single(EffectKind.Launch);
    }

    [Fact]
    public void The_end_of_the_deadline_is_such_a_cancel()
    {
        KernelDriver pool = Serving(Settings());
        pool.Submit(new CallSpec(pool.Now + 100, Idempotent: false, Cancellation: ToolCancellation.Kill));

        Assert.Equal(Reason.CancelKill, pool.TickAt(pool.Now + 110).Single(EffectKind.Kill).Reason);
    }

    [Fact]
    public void A_call_that_waits_in_the_channel_kills_nobody()
    {
        KernelDriver pool = Serving(Pipelining());
        pool.Teach(Tool, 5);
        Accept(pool, ToolCancellation.Kill);
        CallKey waiting = Accept(pool, ToolCancellation.Kill);

        Effect[] effects = pool.Abandon(waiting);

        Assert.Equal(waiting, effects.Single(EffectKind.Cancel).Call);
        effects.None(EffectKind.Kill);
    }

    [Fact]
    public void Other_calls_of_the_worker_end_before_it_is_killed()
    {
        KernelDriver pool = Serving(Settings() with { Capacity = 2 });
        WorkerKey worker = pool.Current();
        CallKey toBeKilled = Accept(pool, ToolCancellation.Kill);
        CallKey other = Accept(pool, ToolCancellation.Interrupt);

        Effect[] effects = pool.Abandon(toBeKilled);
        effects.None(EffectKind.Kill);
        effects.Single(EffectKind.Launch);

        Assert.Equal(worker, pool.Reply(worker, other).Single(EffectKind.Kill).Worker);
    }

    [Fact]
    public void A_death_that_the_tool_asks_for_makes_its_input_no_suspect()
    {
        const ulong Input = 7;
        KernelDriver pool = Serving(Settings() with { QuarantineAfter = 1, QuarantineTime = 60_000 });
        WorkerKey worker = pool.Current();
        CallKey call = Accept(pool, ToolCancellation.Kill, Input);
        pool.Abandon(call);

        pool.Exit(worker, call).None(EffectKind.InputQuarantined);

        Assert.True(pool.Submit(new CallSpec(long.MaxValue, false, Input: Input)).Admission.Accepted);
    }

    private static CallKey Accept(KernelDriver pool, ToolCancellation how, ulong input = 0)
    {
        Admission admission = pool.Submit(
            new CallSpec(long.MaxValue, Idempotent: false, Tool, Bytes: 50, Input: input, Cancellation: how)).Admission;
        Assert.True(admission.Accepted);
        return admission.Call;
    }
}
