using Snakepit.Processes;

namespace Snakepit.Tests.Processes;

[Trait("Rule", "L7")]
public sealed class FreeMemoryTests
{
    private const string MemInfo = "MemTotal:       24684096 kB\nMemFree:        23306796 kB\nMemAvailable:   20000000 kB\n";
    private const string Mount2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    private const string Mount1 =
        "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n";
    private const long Available = 20_000_000L << 10;

    [Fact]
    public void Read_without_limits_is_what_the_machine_has() => Assert.Equal(Available, Read(
        ("/proc/self/cgroup", "0::/user.slice/app.service\n"),
        ("/proc/self/mountinfo", Mount2),
        ("/sys/fs/cgroup/user.slice/app.service/memory.max", "max\n"),
        ("/sys/fs/cgroup/user.slice/app.service/memory.high", "max\n"),
        ("/sys/fs/cgroup/user.slice/app.service/memory.current", "1000\n")));

    [Fact]
    public void Read_takes_the_least_room_of_all_groups_above_and_counts_idle_file_pages_as_room() => Assert.Equal(900 - 700 + 50, Read(
        ("/proc/self/cgroup", "0::/user.slice/app.service\n"),
        ("/proc/self/mountinfo", Mount2),
        ("/sys/fs/cgroup/user.slice/app.service/memory.max", "2000\n"),
        ("/sys/fs/cgroup/user.slice/app.service/memory.current", "500\n"),
        ("/sys/fs/cgroup/user.slice/memory.max", "1000\n"),
        ("/sys/fs/cgroup/user.slice/memory.high", "900\n"),
        ("/sys/fs/cgroup/user.slice/memory.current", "700\n"),
        ("/sys/fs/cgroup/user.slice/memory.stat", "anon 600\ninactive_file 50\nactive_file 9\n")));

    [Fact]
    public void Read_in_a_container_takes_the_mounts_own_folder() => Assert.Equal(300, Read(
        ("/proc/self/cgroup", "0::/\n"),
        ("/proc/self/mountinfo", Mount2),
        ("/sys/fs/cgroup/memory.max", "1000\n"),
        ("/sys/fs/cgroup/memory.current", "700\n")));

    [Fact]
    public void Read_of_version_1_walks_up_too() => Assert.Equal(400 + 7, Read(
        ("/proc/self/cgroup", "5:cpu,cpuacct:/\n4:memory:/api/one\n0::/\n"),
        ("/proc/self/mountinfo", Mount1 + Mount2),
        ("/sys/fs/cgroup/memory/api/one/memory.limit_in_bytes", "9223372036854771712\n"),
        ("/sys/fs/cgroup/memory/api/one/memory.usage_in_bytes", "10\n"),
        ("/sys/fs/cgroup/memory/api/memory.limit_in_bytes", "1000\n"),
        ("/sys/fs/cgroup/memory/api/memory.usage_in_bytes", "600\n"),
        ("/sys/fs/cgroup/memory/api/memory.stat", "inactive_file 1\ntotal_inactive_file 7\n")));

    [Fact]
    public void Read_of_version_1_in_a_container_knows_the_mounts_root() => Assert.Equal(400, Read(
        ("/proc/self/cgroup", "4:memory:/docker/abc\n"),
        ("/proc/self/mountinfo", "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro,relatime master:9 - cgroup cgroup rw,memory\n"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "1000\n"),
        ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "600\n")));

    [Fact]
    public void Read_of_a_group_over_its_limit_is_nothing() => Assert.Equal(0, Read(
        ("/proc/self/cgroup", "0::/\n"),
        ("/proc/self/mountinfo", Mount2),
        ("/sys/fs/cgroup/memory.high", "1000\n"),
        ("/sys/fs/cgroup/memory.current", "1700\n")));

    [Fact]
    public void Read_where_nothing_is_told_is_unknown() => Assert.Null(FreeMemory.Find(static _ => null).Read());

    [Fact]
    public void Read_of_this_machine_is_some() => Assert.True(FreeMemory.OfThisProcess().Read() > 0);

    private static long? Read(params (string Path, string Text)[] files)
    {
        Dictionary<string, string> all = files.ToDictionary(static file => file.Path, static file => file.Text);
        all["/proc/meminfo"] = MemInfo;
        return FreeMemory.Find(path => all.GetValueOrDefault(path)).Read();
    }
}
