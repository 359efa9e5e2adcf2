using Snakepit.Pools;

namespace Snakepit.Tests.Pools;

[Trait("Rule", "L14")]
public class DeathHistoryTests
{
    private readonly DeathHistory _history = new();

    [Fact]
    public void Add_keeps_the_last_sixteen_the_latest_first()
    {
        AddMany(20, killedBecause: null);

        Assert.Equal(Enumerable.Range(5, 16).Reverse(), Pids());
    }

    [Fact]
    public void Add_kills_of_the_pool_do_not_push_out_crashes()
    {
        AddMany(3, killedBecause: null);
        AddMany(100, killedBecause: "its call went on beyond Call.CancelGrace");

        Assert.Equal([.. Enumerable.Range(88, 13).Reverse(), 3, 2, 1], Pids());
    }

    [Fact]
    public void Add_crashes_do_not_push_out_all_kills_of_the_pool()
    {
        AddMany(16, killedBecause: "its call went on beyond Call.CancelGrace");
        AddMany(100, killedBecause: null);

        Assert.Equal([.. Enumerable.Range(93, 8).Reverse(), .. Enumerable.Range(9, 8).Reverse()], Pids());
    }

    private void AddMany(int count, string? killedBecause)
    {
        for (int pid = 1; pid <= count; pid++)
        {
            _history.Add(new DeathReport
            {
                Worker = new WorkerId("text", 0, pid), Pid = pid, Cause = DeathCause.Exited, Description = "exit code 3",
                Uptime = TimeSpan.Zero, Requests = 0, KilledBecause = killedBecause,
            });
        }
    }

    private int[] Pids() => [.. _history.ToArray().Select(static death => death.Pid)];
}
