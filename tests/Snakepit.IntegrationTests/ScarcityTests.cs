using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests hosts that lack something: descriptors, an interpreter, a folder to write to.</summary>
public sealed class ScarcityTests : IntegrationTest
{
    // The id belongs to no user. Each mode has its own, because both may be tested at the same time.
    private static readonly int s_plainUser = TransportMode.IsPortable ? 61_235 : 61_234;

    [Theory(Timeout = Bound)]
    [InlineData(98)]
    [InlineData(101)]
    [InlineData(120)]
    [Trait("Rule", "P2")]
    public async Task Host_with_few_descriptors_runs_a_pool_or_refuses_it_with_the_numbers(int limit)
    {
        HostProcess host = Own(HostProcess.Start($"{HostScenarios.Pool}1", shell: $"ulimit -n {limit};"));

        (string output, int exitCode) = await host.EndAsync();

        Assert.True(
            (output, exitCode) is ("42\n", 0)
            || output.Contains($"2 workers, replacements and zygotes included, need about", StringComparison.Ordinal),
            output);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P2")]
    public async Task Host_with_few_descriptors_runs_a_small_pool_and_refuses_a_large_one()
    {
        const string Limit = "ulimit -n 160;";
        HostProcess small = Own(HostProcess.Start($"{HostScenarios.Pool}2", shell: Limit));
        Assert.Equal(("42\n", 0), await small.EndAsync());

        HostProcess large = Own(HostProcess.Start($"{HostScenarios.Pool}100", shell: Limit));
        (string output, _) = await large.EndAsync();

        Assert.StartsWith("SnakepitConfigurationException: 110 workers", output, StringComparison.Ordinal);
        Assert.Contains("may have 160", output, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", output, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P2")]
    public async Task Host_of_a_user_with_few_processes_runs_a_small_pool_and_refuses_a_large_one()
    {
        string shell = AsPlainUser("prlimit --nproc=100");
        HostProcess small = Own(HostProcess.Start($"{HostScenarios.Pool}2", shell: shell));
        (string output, int exitCode) = await small.EndAsync();
        Assert.True(exitCode == 0 && output.EndsWith("42\n", StringComparison.Ordinal), output);

        HostProcess large = Own(HostProcess.Start($"{HostScenarios.Pool}100", shell: shell));
        (output, _) = await large.EndAsync();

        Assert.StartsWith("SnakepitConfigurationException: 110 workers", output, StringComparison.Ordinal);
        Assert.Contains("may have 100 and has ", output, StringComparison.Ordinal);
        Assert.Contains("Lower Size, or raise the limit (ulimit -u)", output, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P2")]
    public async Task Host_of_a_user_whose_pipes_are_many_runs_a_pool_on_small_ones_and_says_so()
    {
        string pages = await File.ReadAllTextAsync("/proc/sys/fs/pipe-user-pages-soft", TestContext.Current.CancellationToken);
        Assert.SkipUnless(
            int.TryParse(pages, out int limit) && limit is > 0 and <= 16_384,
            "Pipes are not limited here (fs.pipe-user-pages-soft), or at a higher number.");
        HostProcess host = Own(HostProcess.Start(HostScenarios.Pipes, shell: AsPlainUser()));

        (string output, int exitCode) = await host.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.EndsWith("42\n", output, StringComparison.Ordinal);
        Assert.Single(output.Split('\n'), static line => line.Contains("pipe pages; this user may have", StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    public async Task Host_without_python_says_what_was_tried()
    {
        var environment = new Dictionary<string, string?>
        {
            ["PATH"] = "",
            ["SNAKEPIT_PYTHON"] = null,
            ["VIRTUAL_ENV"] = null,
            ["CONDA_PREFIX"] = null,
        };
        HostProcess host = Own(HostProcess.Start($"{HostScenarios.Pool}1", environment));

        (string output, _) = await host.EndAsync();

        Assert.StartsWith("PythonNotFoundException:", output, StringComparison.Ordinal);
        Assert.Contains("not found on PATH", output, StringComparison.Ordinal);
    }

    [Theory(Timeout = Bound)]
    [InlineData("SNAKEPIT_CACHE", "/dev/null/cache")]
    [InlineData("SNAKEPIT_CACHE", "/proc/cache")]
    [InlineData("XDG_CACHE_HOME", "/dev/null")]
    public async Task Host_without_a_usable_cache_folder_runs_from_memory(string variable, string folder)
    {
        var environment = new Dictionary<string, string?> { ["SNAKEPIT_CACHE"] = null, [variable] = folder };
        HostProcess host = Own(HostProcess.Start($"{HostScenarios.Pool}1", environment));

        (string output, int exitCode) = await host.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.EndsWith("42\n", output, StringComparison.Ordinal);
        Assert.Contains("Python code is loaded from memory", output, StringComparison.Ordinal);
    }

    /// <remarks>
    /// .NET opens a pipe for a moment when it starts a thread. If there is no descriptor for it, Thread.Start throws OutOfMemoryException,
    /// and where the thread pool wanted the thread, on a thread of its own, the process ends: "Out of memory.", exit code 134. A busy
    /// machine makes the pool want threads. So this host has them all from the start, and keeps them.
    /// </remarks>
    [Fact(Timeout = Bound)]
    [Trait("Rule", "L17")]
    public async Task Host_that_runs_out_of_descriptors_keeps_what_works_and_recovers()
    {
        var keptThreads = new Dictionary<string, string?> { ["DOTNET_ThreadPool_ThreadTimeoutMs"] = "-1" };
        HostProcess host = Own(HostProcess.Start(HostScenarios.Exhausted, keptThreads, shell: "ulimit -n 256;"));

        (string output, int exitCode) = await host.EndAsync();

        Assert.Equal(("start failed\nrecovered\n", 0), (output, exitCode));
    }

    /// <summary>
    /// Returns a shell command. The commands after it run as a user without other processes and pipes who may read everything, like root.
    /// </summary>
    private string AsPlainUser(string wrapper = "")
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can become a user whose processes and pipes are the test's alone.");
        Own(new PlainUsersFolder());
        return $"set -- {wrapper} setpriv --reuid {s_plainUser} --regid {s_plainUser} --clear-groups " +
            "--inh-caps=-all,+dac_override --ambient-caps=-all,+dac_override \"$@\";";
    }

    /// <summary>The folder in which the hosts of the plain user register. It outlives its hosts and is deleted after the test.</summary>
    private sealed class PlainUsersFolder : IDisposable
    {
        public void Dispose()
        {
            string folder = $"/tmp/snakepit-{s_plainUser}";
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }
}
