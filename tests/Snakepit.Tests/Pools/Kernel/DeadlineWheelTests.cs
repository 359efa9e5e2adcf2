using CsCheck;
using Snakepit.Pools.Kernel;
using static Snakepit.Tests.Pools.Kernel.KernelDriver;

namespace Snakepit.Tests.Pools.Kernel;

/// <summary>A4: deadlines are never early and at most one wheel tick late, and NextDue misses none.</summary>
[Trait("Rule", "A4")]
public class DeadlineWheelTests
{
    private const long Turn = 10_240;

    [Fact]
    public void Random_deadlines_fall_due_never_early_and_at_most_a_tick_late()
    {
        // Each step moves the clock, then sets, resets or removes one of 20 deadlines, near or several turns away.
        Gen<(int Index, long Span, long Move, int What)[]> steps = Gen.Select(
            Gen.Int[0, 19], Gen.OneOf(Gen.Long[0, 300], Gen.Long[0, 3 * Turn]), Gen.OneOf(Gen.Long[0, 40], Gen.Long[0, 2 * Turn]),
            Gen.Int[0, 3]).Array[1, 60];

        steps.Sample(static steps =>
        {
            (CallTable calls, DeadlineWheel wheel) = Create(20);
            var model = new Dictionary<int, long>();
            long now = 5_003;
            foreach ((int index, long span, long move, int what) in steps)
            {
                now = Advance(calls, wheel, model, now, now + move);
                if (what == 0)
                {
                    wheel.Remove(index);
                    model.Remove(index);
                }
                else
                {
                    wheel.Set(index, now + span);
                    model[index] = now + span;
                }
                CheckNextDue(wheel, model);
            }
            Advance(calls, wheel, model, now, now + (5 * Turn));
            Assert.Empty(model);
            Assert.Equal(long.MaxValue, wheel.NextDue);
        });
    }

    [Fact]
    public void TakeDue_long_pause_finds_everything_at_once()
    {
        (_, DeadlineWheel wheel) = Create(3);
        wheel.Set(0, 1_000);
        wheel.Set(1, 1_000 + Turn);
        wheel.Set(2, 1_000 + (7 * Turn));

        HashSet<int> due = [wheel.TakeDue(1_000_000), wheel.TakeDue(1_000_000), wheel.TakeDue(1_000_000)];

        Assert.Equal([0, 1, 2], due.Order());
        Assert.Equal(-1, wheel.TakeDue(1_000_000));
    }

    [Fact]
    public void Set_no_limit_is_never_due()
    {
        (_, DeadlineWheel wheel) = Create(1);
        wheel.Set(0, long.MaxValue);

        Assert.Equal(long.MaxValue, wheel.NextDue);
        Assert.Equal(-1, wheel.TakeDue(long.MaxValue / 8));
    }

    [Fact]
    public void Set_time_that_has_passed_is_due_at_the_next_look()
    {
        (_, DeadlineWheel wheel) = Create(1);
        Assert.Equal(-1, wheel.TakeDue(50_000));
        wheel.Set(0, 20_000);

        Assert.Equal(50_010, wheel.NextDue);
        Assert.Equal(0, wheel.TakeDue(50_010));
    }

    [Fact]
    public void NextWake_is_the_nearest_of_calls_and_workers()
    {
        KernelDriver pool = Serving(Settings());
        Assert.Equal(long.MaxValue, pool.Kernel.NextWake);

        CallKey call = pool.Accept(deadline: 1_205);
        Assert.Equal(1_210, pool.Kernel.NextWake);
        pool.Recycle(0); // its start may take until 31,000
        Assert.Equal(1_210, pool.Kernel.NextWake);

        pool.Reply(pool.Current(), call);
        pool.TickAt(1_210);
        Assert.Equal(31_000, pool.Kernel.NextWake);
    }

    private static (CallTable Calls, DeadlineWheel Wheel) Create(int calls)
    {
        var table = new CallTable();
        for (int i = 0; i < calls; i++)
        {
            Assert.Equal(i, table.Allocate());
        }
        return (table, new DeadlineWheel(table, frequency: 1_000));
    }

    /// <summary>Ticks as the shell does: at every NextDue, and at the end.</summary>
    private static long Advance(CallTable calls, DeadlineWheel wheel, Dictionary<int, long> model, long now, long to)
    {
        while (true)
        {
            now = Math.Min(to, Math.Max(now, wheel.NextDue));
            for (int index = wheel.TakeDue(now); index >= 0; index = wheel.TakeDue(now))
            {
                Assert.True(model.Remove(index, out long due), "taken twice");
                Assert.InRange(now, due, long.MaxValue);
            }
            Assert.All(model.Values, due => Assert.True(now < due + 10, $"{due} is still there at {now}"));
            CheckNextDue(wheel, model);
            if (now == to)
            {
                return now;
            }
        }
    }

    private static void CheckNextDue(DeadlineWheel wheel, Dictionary<int, long> model)
    {
        long first = model.Count == 0 ? long.MaxValue : model.Values.Min();
        Assert.True(wheel.NextDue - 10 <= first || first == long.MaxValue, $"NextDue {wheel.NextDue} misses {first}");
    }
}
