using Snakepit.Doctor;

namespace Snakepit.Tests.Doctor;

public sealed class ControlGroupsTests
{
    private const string Mount2 = "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    private const string Group = "/sys/fs/cgroup/app";

    private readonly Dictionary<string, string> _files = new()
    {
        ["/proc/self/cgroup"] = "0::/app\n",
        ["/proc/self/mountinfo"] = Mount2,
        ["/proc/meminfo"] = "MemAvailable:   20000000 kB\n",
    };

    private readonly PoolOptions _pool = new() { Size = 4 };

    [Fact]
    public void Memory_without_a_limit_is_fine() =>
        Assert.Equal((DoctorStatus.Ok, "No control group limits the memory."), Brief(Memory()));

    [Fact]
    public void Memory_with_room_tells_limit_and_room()
    {
        LimitMemory(limit: 1 << 30, used: 1 << 29);

        Assert.Equal((DoctorStatus.Ok, "The control group may use 1GiB, of which 512MiB are free."), Brief(Memory()));
    }

    [Fact]
    public void Memory_that_is_nearly_used_up_warns()
    {
        LimitMemory(limit: 1000 << 20, used: 901 << 20);

        Assert.Equal(DoctorStatus.Warning, Memory().Status);
    }

    [Fact]
    public void Memory_that_the_workers_own_limits_exceed_warns_with_both_numbers()
    {
        LimitMemory(limit: 1 << 30, used: 0);
        _pool.Memory.HardLimit = MemorySize.FromMiB(512);

        DoctorCheck check = Memory();

        Assert.Equal(DoctorStatus.Warning, check.Status);
        Assert.Contains("The workers may take 2GiB", check.Found, StringComparison.Ordinal);
        Assert.Contains("Memory.HardLimit", check.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("max", "5", DoctorStatus.Ok)]
    [InlineData("100", "50", DoctorStatus.Ok)]
    [InlineData("100", "51", DoctorStatus.Failed)]
    public void Processes_are_compared_with_what_the_workers_need(string limit, string used, DoctorStatus status)
    {
        _files[$"{Group}/pids.max"] = $"{limit}\n";
        _files[$"{Group}/pids.current"] = $"{used}\n";

        Assert.Equal(status, Check((name, checks) => new ControlGroups(Read).CheckProcesses(name, checks, 50)).Status);
    }

    [Theory]
    [InlineData("max 100000", DoctorStatus.Ok, "This process may use 8 processors.")]
    [InlineData("250000 100000", DoctorStatus.Ok, "The control group may use 2.5 processors of 8.")]
    [InlineData("50000 100000", DoctorStatus.Warning, "The control group may use 0.5 processors of 8.")]
    public void Processors_less_than_one_warn(string quota, DoctorStatus status, string found)
    {
        _files[$"{Group}/cpu.max"] = $"{quota}\n";

        Assert.Equal((status, found), Brief(Check((name, checks) => new ControlGroups(Read).CheckProcessors(name, checks, 8))));
    }

    [Fact]
    public void Version_1_has_a_folder_for_each_controller()
    {
        _files["/proc/self/cgroup"] = "5:cpu,cpuacct:/one\n4:memory:/one\n3:pids:/one\n";
        _files["/proc/self/mountinfo"] =
            "35 31 0:32 / /cg/memory rw - cgroup cgroup rw,memory\n36 31 0:33 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
            + "37 31 0:34 / /cg/pids rw - cgroup cgroup rw,pids\n";
        _files["/cg/memory/one/memory.limit_in_bytes"] = $"{1 << 30}\n";
        _files["/cg/memory/one/memory.usage_in_bytes"] = "0\n";
        _files["/cg/cpu/one/cpu.cfs_quota_us"] = "150000\n";
        _files["/cg/cpu/one/cpu.cfs_period_us"] = "100000\n";
        _files["/cg/pids/one/pids.max"] = "10\n";

        Assert.Equal("The control group may use 1GiB, of which 1GiB are free.", Memory().Found);
        Assert.StartsWith(
            "The control group may use 1.5 processors",
            Check((name, checks) => new ControlGroups(Read).CheckProcessors(name, checks, 8)).Found,
            StringComparison.Ordinal);
        Assert.Equal(
            DoctorStatus.Failed, Check((name, checks) => new ControlGroups(Read).CheckProcesses(name, checks, 50)).Status);
    }

    private static (DoctorStatus Status, string Found) Brief(DoctorCheck check) => (check.Status, check.Found);

    private static DoctorCheck Check(Action<string, CheckList> run)
    {
        var checks = new CheckList();
        run("name", checks);
        return Assert.Single(checks.All);
    }

    private DoctorCheck Memory() => Check((name, checks) =>
        new ControlGroups(Read).CheckMemory(name, checks, new Dictionary<string, PoolOptions> { ["it"] = _pool }));

    private void LimitMemory(long limit, long used)
    {
        _files[$"{Group}/memory.max"] = $"{limit}\n";
        _files[$"{Group}/memory.current"] = $"{used}\n";
    }

    private string? Read(string path) => _files.GetValueOrDefault(path);
}
