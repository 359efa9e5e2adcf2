using Snakepit.Pools.Kernel;
using Snakepit.Tests.Pools.Kernel;

namespace Snakepit.Tests.Simulation;

/// <summary>What the simulator's rule about turns of keys demands of the kernel, and what it does not.</summary>
[Trait("Rule", "A2")]
[Trait("Rule", "L4")]
public class TurnRuleTests
{
    private const long Now = 1_000;

    private static readonly CallSpec s_one = new(long.MaxValue, Idempotent: false) { Key = 1 };
    private static readonly CallSpec s_two = s_one with { Key = 2 };

    /// <summary>The first call of a strict session may have any worker, so it waits with all others and takes its key's turn.</summary>
    [Fact]
    public void Check_first_call_of_a_strict_session_takes_the_turn_of_its_key()
    {
        JudgedPool pool = Create();
        pool.Start(Now);
        Effect busy = pool.Submit(Now).Single(EffectKind.Send);
        pool.Submit(Now, s_one).None(EffectKind.Send);
        pool.Submit(Now, s_one).None(EffectKind.Send);
        pool.Submit(Now, Strict(s_two)).None(EffectKind.Send);
        pool.Submit(Now, s_two).None(EffectKind.Send);

        Effect firstOfOne = pool.Reply(Now, busy.Worker, busy.Call).Single(EffectKind.Send);
        Effect firstOfTwo = pool.Reply(Now, firstOfOne.Worker, firstOfOne.Call).Single(EffectKind.Send);
        Effect secondOfOne = pool.Reply(Now, firstOfTwo.Worker, firstOfTwo.Call).Single(EffectKind.Send);

        pool.Reply(Now, secondOfOne.Worker, secondOfOne.Call).Single(EffectKind.Send);
    }

    /// <summary>With its first call, a strict session is bound, and its other calls wait for its worker, in no key's turn.</summary>
    [Fact]
    public void Check_later_calls_of_a_strict_session_take_no_turn()
    {
        JudgedPool pool = Create(capacity: 3);
        Effect[] launch = pool.Launch(Now);
        pool.Submit(Now, Strict(s_one)).None(EffectKind.Send);
        pool.Submit(Now, Strict(s_one)).None(EffectKind.Send);
        pool.Submit(Now, s_two).None(EffectKind.Send);
        pool.Submit(Now, s_two).None(EffectKind.Send);

        Effect[] sends = [.. pool.Boot(Now, launch).Where(static e => e.Kind == EffectKind.Send)];

        Assert.Equal(3, sends.Length);
        pool.Reply(Now, sends[0].Worker, sends[0].Call).Single(EffectKind.Send);
    }

    private static JudgedPool Create(int capacity = 1) =>
        new(KernelDriver.Settings(1) with { KeysTakeTurns = true, Capacity = capacity });

    private static CallSpec Strict(CallSpec spec) => spec with { Session = 1, Affinity = Affinity.StrictQueue };
}
