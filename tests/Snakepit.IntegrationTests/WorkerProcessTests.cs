using Snakepit.IntegrationTests.Fixture;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the descriptors, signals and command line of a worker's process.</summary>
public sealed class WorkerProcessTests : IntegrationTest
{
    [Fact(Timeout = Bound)]
    [Trait("Rule", "P2")]
    public async Task Worker_has_its_own_session_and_the_launcher_as_parent()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnLaunchers();
        Rig rig = await StartAsync("introspect.py");

        Dictionary<string, int> identity = await rig.CallAsync<Dictionary<string, int>>("identity");

        int launcher = Assert.Single(MarkedProcesses.OwnLaunchers().Except(before));
        int pid = rig.OnlyWorker().Pid;
        Assert.Equal((pid, pid, pid, launcher), (identity["pid"], identity["session"], identity["group"], identity["parent"]));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P2")]
    public async Task Worker_has_no_descriptors_but_its_own()
    {
        Rig rig = await StartAsync("introspect.py", static p => p.Size = 2);
        await rig.Pool.WaitUntilReadyAsync(2, Cancellation);

        Dictionary<string, string> descriptors = await rig.CallAsync<Dictionary<string, string>>("descriptors");

        Assert.Equal("/dev/null", descriptors["0"]);
        Assert.Equal(descriptors["1"], descriptors["2"]);
        // Sockets are data in, data out and control. Pipes are standard output twice, and without sockets data in and data out.
        // The page counts twice: as a mapping and as a file.
        string[] own = TransportMode.IsPortable
            ? ["/dev/null", "pipe", "pipe", "socket", "socket", "socket"]
            : ["/dev/null", "/memfd", "/memfd", "pipe", "pipe", "pipe", "pipe", "socket"];
        Assert.Equal(
            own,
            descriptors.Values.Select(static target => target.Split(':')[0]).Order());
        // The page's descriptor may have a low number, because the worker does not need it once the page is mapped.
        Assert.All(
            descriptors.Where(static descriptor => !descriptor.Value.StartsWith("/memfd", StringComparison.Ordinal)),
            static descriptor => Assert.True(int.Parse(descriptor.Key, null) is <= 2 or >= 64, descriptor.Key));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P2")]
    public async Task Worker_reads_nothing_from_its_input_and_has_no_signals_blocked()
    {
        Rig rig = await StartAsync("introspect.py");

        Assert.Equal("", await rig.CallAsync<string>("standard_input"));
        Dictionary<string, int[]> signals = await rig.CallAsync<Dictionary<string, int[]>>("signals");
        Assert.Empty(signals["blocked"]);
        // The worker ignores SIGINT; Python itself ignores SIGPIPE and SIGXFSZ.
        Assert.Subset(new HashSet<int> { 2, 13, 25 }, signals["ignored"].ToHashSet());
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P6")]
    public async Task Worker_has_the_pools_variables_over_the_hosts_and_one_thread_per_library()
    {
        Rig rig = await StartAsync("introspect.py", static p =>
        {
            p.Python.Variables["MKL_NUM_THREADS"] = "3";
            p.Python.Variables["NUMEXPR_NUM_THREADS"] = null;
            p.Python.Variables["HOME"] = null;
            p.Python.Variables["SNAKEPIT_TEST_UMLAUT"] = "größer = 2\nlines";
        });
        async Task<string?> Variable(string name) => await rig.CallAsync<string?>("variable", name);

        Assert.Equal("1", await Variable("OMP_NUM_THREADS"));
        Assert.Equal("1", await Variable("OPENBLAS_NUM_THREADS"));
        Assert.Equal("3", await Variable("MKL_NUM_THREADS"));
        Assert.Null(await Variable("NUMEXPR_NUM_THREADS"));
        Assert.Null(await Variable("HOME"));
        Assert.Equal("größer = 2\nlines", await Variable("SNAKEPIT_TEST_UMLAUT"));
        Assert.Equal(Environment.GetEnvironmentVariable("PATH"), await Variable("PATH"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P6")]
    public async Task Secret_in_a_variable_reaches_neither_command_lines_nor_logs_nor_errors()
    {
        const string Secret = "s3cr3t-of-the-pool";
        Rig rig = await StartAsync("introspect.py", static p => p.Python.Variables["API_TOKEN"] = Secret);
        await Assert.ThrowsAsync<ToolException>(() => rig.CallAsync<object?>("no_such_tool"));

        string[] commandLine = await rig.CallAsync<string[]>("command_line");
        string[] launchers =
        [
            .. MarkedProcesses.OwnChildren()
                .Concat(MarkedProcesses.OwnLaunchers())
                .Select(static pid => File.ReadAllText($"/proc/{pid}/cmdline")),
        ];
        await rig.Runtime.DisposeAsync();

        Assert.DoesNotContain(commandLine.Concat(launchers), static argument => argument.Contains(Secret, StringComparison.Ordinal));
        Assert.DoesNotContain(rig.Log.All, static entry => entry.Text.Contains(Secret, StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P1")]
    public async Task Two_runtimes_side_by_side_have_a_launcher_each_and_end_apart()
    {
        IReadOnlyCollection<int> before = MarkedProcesses.OwnChildren();
        Rig one = await StartAsync();
        Rig other = await StartAsync();
        Assert.Equal(2, MarkedProcesses.OwnChildren().Except(before).Count());

        await one.Runtime.DisposeAsync();

        Assert.Single(MarkedProcesses.OwnChildren().Except(before));
        Assert.Equal(42, await other.Pool.ExecuteAsync<int>("add", new { a = 40, b = 2 }, null, Cancellation));
    }
}
