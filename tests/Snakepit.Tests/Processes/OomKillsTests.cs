using Snakepit.Processes;

namespace Snakepit.Tests.Processes;

/// <summary>Out-of-memory kills, from the texts of the kernel's files.</summary>
[Trait("Rule", "L14")]
public sealed class OomKillsTests
{
    private const string Mount1 = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";
    private const string Mount2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    private readonly Dictionary<string, string> _files = new() { ["/proc/vmstat"] = "pgfault 1\noom_kill 4\n" };

    [Theory]
    [InlineData("0::/app\n", Mount2, "/sys/fs/cgroup/app/memory.events", "low 0\nhigh 0\nmax 9\noom 1\noom_kill {0}\noom_group_kill 0\n")]
    [InlineData(
        "4:memory:/app\n0::/\n",
        Mount1 + Mount2,
        "/sys/fs/cgroup/memory/app/memory.oom_control",
        "oom_kill_disable 0\nunder_oom 0\noom_kill {0}\n")]
    [InlineData("0::/\n", Mount2, "/proc/vmstat", "oom_kill {0}\n")]
    [InlineData("", "", "/proc/vmstat", "oom_kill {0}\n")]
    public void Explain_a_count_that_has_risen_explains_one_death(string group, string mounts, string file, string text)
    {
        _files["/proc/self/mountinfo"] = mounts;
        _files["/proc/7/cgroup"] = _files["/proc/8/cgroup"] = group;
        _files[file] = Filled(text, 3);
        OomKills kills = new(_files.GetValueOrDefault);
        OomCount first = kills.Begin(7)!.Value;
        OomCount second = kills.Begin(8)!.Value;

        Assert.False(kills.Explain(first));
        _files[file] = Filled(text, 4);
        Assert.True(kills.Explain(first));
        Assert.False(kills.Explain(second));
        _files[file] = Filled(text, 5);
        Assert.True(kills.Explain(second));
    }

    [Fact]
    public void Explain_a_kill_before_the_process_began_explains_nothing()
    {
        _files["/proc/7/cgroup"] = _files["/proc/8/cgroup"] = "";
        OomKills kills = new(_files.GetValueOrDefault);
        OomCount old = kills.Begin(7)!.Value;
        _files["/proc/vmstat"] = "oom_kill 6\n";
        OomCount fresh = kills.Begin(8)!.Value;

        Assert.False(kills.Explain(fresh));
        Assert.True(kills.Explain(old));
        Assert.False(kills.Explain(fresh));
    }

    [Fact]
    public void Begin_without_any_count_is_nothing()
    {
        _files.Clear();

        Assert.Null(new OomKills(_files.GetValueOrDefault).Begin(7));
    }

    private static string Filled(string text, int kills) => string.Format(null, text, kills);
}
