using System.Diagnostics;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Processes;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the entries of dead and living hosts that a start finds.</summary>
[Trait("Rule", "L18")]
public sealed class RunRegistryTests : IntegrationTest
{
    private const int SigStop = 19;
    private readonly TemporaryFolder _folder = new();

    public RunRegistryTests() => Own(_folder);

    [Fact(Timeout = Bound)]
    public async Task Sweep_of_a_dead_host_kills_what_carries_its_mark_and_removes_the_entry()
    {
        string run = RunMark.NewRun();
        Leave(run, HostRun.Place());
        using Process left = Marked(new RunMark(run, 1));
        using Process other = Marked(new RunMark(RunMark.NewRun(), 1));

        Assert.Equal(1, HostRun.Sweep(_folder.Path, Cancellation));

        await left.WaitForExitAsync(Cancellation);
        Assert.False(other.HasExited);
        Assert.Empty(Directory.GetFiles(_folder.Path));
        other.Kill();
        await other.WaitForExitAsync(Cancellation);
    }

    [Fact(Timeout = Bound)]
    public async Task Sweep_finds_processes_on_their_way_from_one_program_to_the_next()
    {
        string script = Path.Combine(_folder.Path, "again");
        await File.WriteAllTextAsync(script, "[ $1 -gt 0 ] && exec /bin/sh \"$0\" $(($1 - 1))\n", Cancellation);
        for (int round = 0; round < 20; round++)
        {
            string run = RunMark.NewRun();
            Leave(run, HostRun.Place());
            Process[] changing = [.. Enumerable.Range(0, 4).Select(_ => Marked(new RunMark(run, 1), $"exec /bin/sh {script} 100000"))];

            Assert.Equal(changing.Length, HostRun.Sweep(_folder.Path, Cancellation));

            await Task.WhenAll(changing.Select(static process => process.WaitForExitAsync(Cancellation)));
            Array.ForEach(changing, static process => process.Dispose());
        }
    }

    [Fact(Timeout = Bound)]
    public async Task Sweep_leaves_processes_without_an_environment_alone()
    {
        using Process bare = Marked(new RunMark(RunMark.NewRun(), 1), "exec env -i sleep 600");
        Leave(RunMark.NewRun(), HostRun.Place());

        Assert.Equal(0, HostRun.Sweep(_folder.Path, Cancellation));

        Assert.False(bare.HasExited);
        bare.Kill();
        await bare.WaitForExitAsync(Cancellation);
    }

    [Fact(Timeout = Bound)]
    public async Task Sweep_never_touches_a_live_host()
    {
        using HostRun live = Register();
        using Process its = Marked(live.NextLauncher());

        Assert.Equal(0, HostRun.Sweep(_folder.Path, Cancellation));

        Assert.False(its.HasExited);
        Assert.Equal(live.Id, Path.GetFileName(Assert.Single(Directory.GetFiles(_folder.Path))));
        live.EndLeftovers();
        await its.WaitForExitAsync(Cancellation);
    }

    [Fact(Timeout = Bound)]
    public async Task Sweep_leaves_hosts_of_another_process_namespace_alone()
    {
        string run = RunMark.NewRun();
        Leave(run, HostRun.Place().Replace("pid:[", "pid:[1", StringComparison.Ordinal));
        using Process foreign = Marked(new RunMark(run, 1));

        Assert.Equal(0, HostRun.Sweep(_folder.Path, Cancellation));

        Assert.False(foreign.HasExited);
        Assert.Single(Directory.GetFiles(_folder.Path));
        foreign.Kill();
        await foreign.WaitForExitAsync(Cancellation);
    }

    [Fact]
    public void Sweep_removes_entries_of_an_earlier_boot_and_those_whose_making_was_cut_short()
    {
        Leave(RunMark.NewRun(), "boot 00000000-0000-0000-0000-000000000000 pid:[4026531836]");
        File.SetLastWriteTimeUtc(LeaveUnfinished(), TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-2));
        File.WriteAllText(Path.Combine(_folder.Path, "of-somebody-else"), "");

        Assert.Equal(0, HostRun.Sweep(_folder.Path, Cancellation));

        Assert.Equal("of-somebody-else", Path.GetFileName(Assert.Single(Directory.GetFiles(_folder.Path))));
    }

    [Fact]
    public void Sweep_leaves_an_entry_that_is_being_made()
    {
        string made = LeaveUnfinished();

        Assert.Equal(0, HostRun.Sweep(_folder.Path, Cancellation));

        Assert.Equal(made, Assert.Single(Directory.GetFiles(_folder.Path)));
    }

    [Fact(Timeout = Bound)]
    public async Task Register_and_sweep_of_many_hosts_at_once_lose_no_entry()
    {
        const int Hosts = 32;
        HostRun[] runs = await Task.WhenAll(Enumerable.Range(0, Hosts).Select(_ => Task.Run(() =>
        {
            HostRun run = Register();
            Assert.Equal(0, HostRun.Sweep(_folder.Path, Cancellation));
            return run;
        })));

        Assert.Equal(runs.Select(static run => run.Id).Order(), Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
        Array.ForEach(runs, static run => run.Dispose());
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Claim_of_an_entry_fails_while_it_is_held_and_for_all_but_one_afterwards()
    {
        string run = RunMark.NewRun();
        string path = Path.Combine(_folder.Path, run);
        RunEntry held = RunEntry.Create(_folder.Path, run, "");
        Assert.Null(RunEntry.TryClaim(path));

        held.Dispose();

        using RunEntry? first = RunEntry.TryClaim(path);
        Assert.NotNull(first);
        Assert.Null(RunEntry.TryClaim(path));
    }

    [Fact(Timeout = Bound)]
    public async Task Start_ends_what_a_host_left_that_was_killed_together_with_launcher_and_guard()
    {
        Dictionary<string, string?> session = new() { ["XDG_RUNTIME_DIR"] = _folder.Path };
        HostProcess host = Own(HostProcess.Start(HostScenarios.Busy, session));
        await host.ReadLineAsync();
        Pidfd[] others = [.. MarkedProcesses.Find(host.Mark).Where(pid => pid != host.Pid).Select(pid => Own(new Pidfd(pid)))];
        int launching = MarkedProcesses.LauncherOf(host.Pid);
        Pidfd launcher = others.Single(other => other.Pid == launching);
        Pidfd guard = others.Single(other => MarkedProcesses.ChildrenOf(host.Pid).Contains(other.Pid));
        launcher.Kill(SigStop); // otherwise the launcher would end everything between the kills
        host.Kill();
        guard.Kill();
        launcher.Kill();
        await Task.WhenAll(launcher.GoneAsync(), host.GoneAsync());
        Assert.NotEmpty(MarkedProcesses.Find(host.Mark)); // the processes in sessions of their own

        HostProcess next = Own(HostProcess.Start(HostScenarios.Pool + "1", session));
        (string output, int exitCode) = await next.EndAsync();

        await Task.WhenAll(others.Select(static other => other.GoneAsync()));
        Assert.Equal(0, exitCode);
        Assert.Contains("processes that an earlier host or launcher left behind", output, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, "snakepit")));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "P2")]
    public async Task Start_without_a_place_for_the_entry_says_so_once_and_works()
    {
        Namespaces.SkipUnlessTheyCanBeMade();
        const string shell =
            "unshare --mount sh -c 'mkdir -p /tmp/snakepit-0 && mount -t tmpfs -o mode=777 none /tmp/snakepit-0 " +
            "&& exec \"$@\"' sh \"$@\"; exit; ";
        var environment = new Dictionary<string, string?> { ["XDG_RUNTIME_DIR"] = null };
        HostProcess host = Own(HostProcess.Start(HostScenarios.Pool + "1", environment, shell));

        (string output, int exitCode) = await host.EndAsync();

        Assert.Equal(0, exitCode);
        Assert.Equal(2, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("/tmp/snakepit-0 is not used: it is open to others", output, StringComparison.Ordinal);
        Assert.EndsWith("42\n", output, StringComparison.Ordinal);
    }

    private HostRun Register()
    {
        var run = new HostRun();
        run.Register(_folder.Path);
        return run;
    }

    /// <summary>Creates the entry of a host that is dead.</summary>
    private void Leave(string run, string place) => RunEntry.Create(_folder.Path, run, $"host 1 1\n{place}\n").Dispose();

    private string LeaveUnfinished()
    {
        string path = Path.Combine(_folder.Path, RunMark.NewRun() + ".new");
        File.WriteAllText(path, "");
        return path;
    }

    private static Process Marked(RunMark mark, string command = "exec sleep 600")
    {
        var info = new ProcessStartInfo("/bin/sh", ["-c", command]);
        info.Environment[RunMark.Variable] = mark.ToString();
#pragma warning disable RS0030 // The test needs a process that the product has not started.
        return Process.Start(info)!;
#pragma warning restore RS0030
    }
}
