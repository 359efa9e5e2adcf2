using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Snakepit.Processes;
using Snakepit.Doctor;
using Snakepit.Telemetry;

namespace Snakepit.Tests.Doctor;

[Trait("Rule", "P2")]
public sealed class LimitCheckTests
{
    private readonly FakeLogger _logger = new();

    [Fact]
    public void Run_without_limits_says_nothing()
    {
        Run(10_000, new HostLimits());

        Assert.Equal(0, _logger.Collector.Count);
    }

    [Theory]
    [InlineData(210, true)] // 50 open, 40 spare, 10 for each of 10 workers and 2 replacements
    [InlineData(209, false)]
    public void Run_with_so_many_descriptors_passes_or_names_size_and_ulimit(int descriptors, bool passes)
    {
        var limits = new HostLimits { Descriptors = (ulong)descriptors, OpenDescriptors = 50 };

        Assert.Equal(
            passes
                ? null
                : "12 workers, replacements and zygotes included, need about 210 file descriptors; "
                    + $"this process may have {descriptors} and has 50 open. Lower Size, or raise the limit (ulimit -n).",
            Problem(limits));
    }

    [Theory]
    [InlineData(152, true)] // 100 in use, 16 spare, 3 for each of 10 workers and 2 replacements
    [InlineData(151, false)]
    public void Run_with_so_many_tasks_passes_or_names_size_and_ulimit(int tasks, bool passes)
    {
        var limits = new HostLimits { Tasks = (ulong)tasks, AllTasks = 900, CountUserTasks = static () => 100 };

        Assert.Equal(
            passes ? null : "12 workers, replacements and zygotes included, need about 52 more processes and threads; "
                + $"this user may have {tasks} and has 100. Lower Size, or raise the limit (ulimit -u).",
            Problem(limits));
    }

    [Fact]
    public void Run_counts_the_users_tasks_only_when_those_of_all_users_may_be_too_many()
    {
        int counts = 0;
        var limits = new HostLimits { Tasks = 952, AllTasks = 900, CountUserTasks = () => ++counts };

        Assert.Null(Problem(limits));
        Assert.Equal(0, counts);
        Assert.Null(Problem(limits with { Tasks = 951 }));
        Assert.Equal(1, counts);
    }

    [Fact]
    public void Run_with_several_limits_too_low_tells_all_of_them()
    {
        var e = Assert.Throws<SnakepitConfigurationException>(
            () => RunTen(new HostLimits { Descriptors = 100, Tasks = 50, AllTasks = int.MaxValue }));

        Assert.Equal(["ulimit -n", "ulimit -u"], e.Problems.Select(static problem => problem[^11..^2]));
        Assert.Equal(string.Join('\n', e.Problems), e.Message);
    }

    [Fact]
    public void Run_counts_the_workers_of_all_pools_with_the_replacements_that_each_allows()
    {
        PoolOptions many = new() { Size = 30 }, few = new() { Size = 2 };
        few.Recycle.MaxConcurrent = 2;

        var e = Assert.Throws<SnakepitConfigurationException>(() => LimitCheck.Run(
            new Dictionary<string, PoolOptions> { ["many"] = many, ["few"] = few }, new HostLimits { Descriptors = 1 }, _logger));

        Assert.StartsWith("37 workers", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(576, 65_536, 8_192, false)] // 3 pipes of 16 pages for each of 10 workers and 2 replacements
    [InlineData(575, 65_536, 8_192, true)]
    [InlineData(575, 1_048_576, 131_072, false)] // pipes of one page suffice where pages are large
    [InlineData(1_000_000, 8_192, 8_192, true)] // other processes of this user have used up the pages
    public void Run_with_so_many_pages_of_pipes_warns_or_not(int pages, int pipe, int small, bool warns)
    {
        RunTen(new HostLimits { PipePages = (ulong)pages, PipeSize = pipe, SmallPipeSize = small });

        FakeLogRecord[] records = [.. _logger.Collector.GetSnapshot()];
        Assert.Equal(warns ? [EventIds.PipesAreSmall] : [], records.Select(static record => record.Id.Id));
        Assert.All(records, record =>
        {
            Assert.Equal(LogLevel.Warning, record.Level);
            Assert.Contains($"need 576 pipe pages; this user may have {pages} ", record.Message, StringComparison.Ordinal);
            Assert.Contains($"holds {pipe} bytes", record.Message, StringComparison.Ordinal);
        });
    }

    private string? Problem(HostLimits limits)
    {
        try
        {
            RunTen(limits);
            return null;
        }
        catch (SnakepitConfigurationException e)
        {
            return e.Message;
        }
    }

    /// <summary>Checks ten workers with two replacements at once.</summary>
    private void RunTen(HostLimits limits) => Run(10, limits, replacements: 2);

    private void Run(int size, HostLimits limits, int? replacements = null)
    {
        var pool = new PoolOptions { Size = size };
        pool.Recycle.MaxConcurrent = replacements;
        LimitCheck.Run(new Dictionary<string, PoolOptions> { ["it"] = pool }, limits, _logger);
    }
}
