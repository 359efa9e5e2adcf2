using Snakepit.Pools.Kernel;
using Snakepit.Tests.Pools.Kernel;

namespace Snakepit.Tests.Simulation;

/// <summary>What the simulator's rule about turns of keys demands of the kernel, and what it does not.</summary>
[Trait("Rule", "A2")]
[Trait("Rule", "L4")]
public class TurnRuleTests
{
    private const long Now = 1_000;

    /// <summary>The first call of a strict session may have any worker, so it waits with all others and takes its key's turn.</summary>
    [Fact]
    public void Check_first_call_of_a_strict_session_takes_the_turn_of_its_key()
    {
        var pool = new JudgedPool(KernelDriver.Settings(1) with { KeysTakeTurns = true });
        pool.Start(Now);
        CallSpec first = new(long.MaxValue, Idempotent: false) { Key = 1 };
        CallSpec second = first with { Key = 2 };
        Effect busy = pool.Submit(Now).Single(EffectKind.Send);
        pool.Submit(Now, first).None(EffectKind.Send);
        pool.Submit(Now, first).None(EffectKind.Send);
        pool.Submit(Now, second with { Session = 1, Affinity = Affinity.StrictQueue }).None(EffectKind.Send);
        pool.Submit(Now, second).None(EffectKind.Send);

        Effect firstOfOne = pool.Reply(Now, busy.Worker, busy.Call).Single(EffectKind.Send);
        Effect firstOfTwo = pool.Reply(Now, firstOfOne.Worker, firstOfOne.Call).Single(EffectKind.Send);
        Effect secondOfOne = pool.Reply(Now, firstOfTwo.Worker, firstOfTwo.Call).Single(EffectKind.Send);

        pool.Reply(Now, secondOfOne.Worker, secondOfOne.Call).Single(EffectKind.Send);
    }
}
