using Snakepit.Doctor;
using Snakepit.Processes;
using Snakepit.Testing;

namespace Snakepit.Tests.Doctor;

public sealed class MachineChecksTests
{
    [Theory]
    [InlineData("tsc\n", DoctorStatus.Ok)]
    [InlineData("arch_sys_counter\n", DoctorStatus.Ok)]
    [InlineData("hpet\n", DoctorStatus.Warning)]
    [InlineData("acpi_pm\n", DoctorStatus.Warning)]
    [InlineData(null, DoctorStatus.Ok)]
    public void Clock_that_needs_a_system_call_warns(string? source, DoctorStatus status) =>
        Assert.Equal(status, Run(new HostLimits(), source)["clock"].Status);

    [Fact]
    public void Machine_without_limits_is_well()
    {
        Dictionary<string, DoctorCheck> checks = Run(new HostLimits());

        Assert.All(checks.Values, static check => Assert.Equal(DoctorStatus.Ok, check.Status));
        Assert.All(checks.Values, static check => Assert.Null(check.Remedy));
        Assert.Equal(9, checks.Count);
    }

    [Theory]
    [InlineData(209, 0, DoctorStatus.Failed)]
    [InlineData(210, 0, DoctorStatus.Ok)]
    [InlineData(109, 11, DoctorStatus.Ok)] // those that run have theirs
    public void Open_files_are_compared_with_what_new_workers_need(int limit, int live, DoctorStatus status)
    {
        DoctorCheck check = Run(new HostLimits { Descriptors = (ulong)limit, OpenDescriptors = 50 }, live: live)["open-files"];

        Assert.Equal(status, check.Status);
        Assert.Contains($"may have {limit}", check.Found, StringComparison.Ordinal);
        Assert.Equal(status == DoctorStatus.Ok ? null : "Lower Size, or raise the limit (ulimit -n).", check.Remedy);
    }

    [Fact]
    public void Check_that_throws_has_failed_and_the_others_go_on()
    {
        Dictionary<string, DoctorCheck> checks = Run(new HostLimits
        {
            Tasks = 1, AllTasks = 9, CountUserTasks = static () => throw new IOException("no /proc"),
        });

        Assert.Equal((DoctorStatus.Failed, DoctorStatus.Ok), (checks["processes"].Status, checks["group-memory"].Status));
        Assert.Contains("no /proc", checks["processes"].Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Examination_of_workers_that_are_not_real_runs_no_Python()
    {
        DoctorReport report = await SnakepitDoctor.ExamineAsync(
            static s => s.UseFakeWorkers(new FakeWorkers()).AddPool("text", static _ => { }),
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((DoctorStatus.Ok, 0), (report.Status, report.Pools.Count));
        Assert.Contains(report.Machine, static check => check is { Name: "worker-package", Status: DoctorStatus.Skipped });
    }

    [Fact]
    public async Task Configuration_that_is_wrong_is_a_result()
    {
        DoctorReport report = await SnakepitDoctor.ExamineAsync(
            static s => s.AddPool("text", static p => p.Size = -1), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(DoctorStatus.Failed, report.Status);
        Assert.Equal(
            ["Pool 'text': Adapter", "Pool 'text': Size"],
            report.Machine.Where(static check => check.Name == "configuration")
                .Select(static check => string.Join(' ', check.Found.Split(' ')[..3])).Order());
    }

    private static Dictionary<string, DoctorCheck> Run(HostLimits limits, string? clock = "tsc\n", int live = 0)
    {
        var pool = new PoolOptions { Size = 10 };
        pool.Recycle.MaxConcurrent = 2;
        var checks = new CheckList();
        new MachineChecks(
            new Dictionary<string, PoolOptions> { ["it"] = pool }, limits, live,
            path => path.EndsWith("current_clocksource", StringComparison.Ordinal) ? clock : null).Run(checks, isLinux: true);
        return checks.All.ToDictionary(static check => check.Name);
    }
}
