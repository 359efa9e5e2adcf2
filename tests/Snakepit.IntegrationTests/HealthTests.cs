using Snakepit.IntegrationTests.Fixture;
using Snakepit.Processes;
using Snakepit.Workers;

namespace Snakepit.IntegrationTests;

/// <summary>Tests the signs of life and the stacks of a real worker at its channel.</summary>
public sealed class HealthTests : IntegrationTest
{
    private const int StopSignal = 19;

    [Theory(Timeout = Bound)]
    [InlineData("hang_in_python")]
    [InlineData("hang_in_sleep")]
    [Trait("Rule", "L12")]
    public async Task PostPing_while_a_tool_runs_is_answered(string tool)
    {
        LiveWorker worker = Own(await LiveWorker.StartAsync());
        await worker.HangAsync(tool);

        worker.Channel.PostPing();
        worker.Channel.Flush();

        await worker.Events.ToldAsync("pong");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L12")]
    public async Task PostPing_while_the_adapter_loads_is_answered()
    {
        LiveWorker worker = Own(await LiveWorker.LaunchAsync("Broken/hangs_at_import.py"));
        await worker.Events.ToldAsync("output: begun");

        worker.Channel.PostPing();
        worker.Channel.Flush();

        await worker.Events.ToldAsync("pong");
    }

    [Theory(Timeout = Bound)]
    [InlineData("hang_in_python")]
    [InlineData("hang_in_sleep")]
    [InlineData("hang_with_the_interpreter_held")]
    [Trait("Rule", "L12")]
    [Trait("Rule", "L14")]
    public async Task KillWithStacks_ends_the_worker_by_force_and_tells_what_it_did(string tool)
    {
        LiveWorker worker = Own(await LiveWorker.StartAsync());
        await worker.HangAsync(tool);

        worker.Channel.KillWithStacks();
        worker.Channel.KillWithStacks();

        await worker.Events.ToldAsync("killed by SIGKILL, begun: call 0.1");
        AssertStacks(worker, tool);
        worker.Channel.KillWithStacks(); // the process is gone already
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L14")]
    public async Task KillWithStacks_of_a_worker_that_hangs_at_import_tells_where()
    {
        LiveWorker worker = Own(await LiveWorker.LaunchAsync("Broken/hangs_at_import.py"));
        await worker.Events.ToldAsync("output: begun");

        worker.Channel.KillWithStacks();

        await worker.Events.ToldAsync("killed by SIGKILL, begun: ");
        AssertStacks(worker, "load");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L12")]
    public async Task KillWithStacks_of_a_worker_that_has_just_been_launched_ends_it()
    {
        LiveWorker worker = Own(await LiveWorker.LaunchAsync());

        worker.Channel.KillWithStacks();

        await worker.Events.ToldAsync("killed by SIGKILL, begun: ");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L12")]
    public async Task KillWithStacks_of_a_stopped_worker_ends_it()
    {
        LiveWorker worker = Own(await LiveWorker.StartAsync());
        await worker.HangAsync("hang_in_sleep");
        using Pidfd process = new(worker.Channel.ProcessId);
        process.Kill(StopSignal);

        worker.Channel.KillWithStacks();

        await worker.Events.ToldAsync("killed by SIGKILL, begun: call 0.1");
        Assert.Null(worker.Channel.Stacks);
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L12")]
    public async Task Kill_in_the_midst_of_KillWithStacks_ends_the_worker()
    {
        LiveWorker worker = Own(await LiveWorker.StartAsync());
        await worker.HangAsync("hang_in_python");

        worker.Channel.KillWithStacks();
        worker.Channel.Kill();

        await worker.Events.ToldAsync("killed by SIGKILL, begun: call 0.1");
    }

    [Fact(Timeout = Bound)]
    public async Task PostCollect_while_a_tool_runs_is_answered_each_time()
    {
        LiveWorker worker = Own(await LiveWorker.StartAsync());
        await worker.HangAsync("hang_in_python");

        worker.Channel.PostCollect();
        worker.Channel.Flush();

        await worker.Events.ToldAsync("collected");
    }

    [Fact(Timeout = Bound)]
    public async Task Wish_to_be_replaced_and_memory_that_the_adapter_counts_are_told()
    {
        LiveWorker worker = Own(await LiveWorker.StartAsync());

        await worker.CallAsync("wish");

        await worker.Events.ToldAsync("recycle requested");
        await worker.Events.ToldAsync("memory 12345");
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L12")]
    public async Task Health_check_and_file_of_the_adapter_are_told_and_the_check_is_a_tool()
    {
        LiveWorker worker = Own(await LiveWorker.StartAsync());

        WorkerAbilities abilities = worker.Events.Abilities!;
        Assert.True(abilities.HasHealthCheck);
        Assert.Equal(Rig.Adapter("health.py"), abilities.Source);
        Assert.DoesNotContain(abilities.Tools, static tool => tool.Name == WorkerAbilities.HealthCheckTool);
        Assert.Equal("\"well\"", await worker.CallAsync(WorkerAbilities.HealthCheckTool));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L6")]
    public async Task Warmup_has_run_when_the_worker_is_ready()
    {
        LiveWorker worker = Own(await LiveWorker.StartAsync(configure: static options => options.Start.Warmup = "warm"));

        await worker.Events.ToldAsync("info: warm");
    }

    [Theory(Timeout = Bound)]
    [InlineData("cold", "RuntimeError: the model is missing")]
    [InlineData("wram", "ToolNotFound: pool 'it' has no tool 'wram'; did you mean 'warm'?")]
    [Trait("Rule", "L6")]
    public async Task Warmup_that_fails_keeps_the_worker_from_being_ready(string tool, string problem)
    {
        LiveWorker worker = Own(await LiveWorker.LaunchAsync(configure: options => options.Start.Warmup = tool));

        await worker.Events.Ended;

        Assert.Equal("warmup", worker.Events.Failure!.Stage);
        Assert.StartsWith(problem, worker.Events.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("exit code 70 (a worker that could not start), begun: ", worker.Events.Told.All);
        Assert.DoesNotContain("ready", worker.Events.Told.All);
    }

    [Fact(Timeout = Bound)]
    public async Task Worker_is_a_likelier_victim_of_the_system_than_its_host()
    {
        int own = int.Parse(await File.ReadAllTextAsync("/proc/self/oom_score_adj", Cancellation), null);
        LiveWorker worker = Own(await LiveWorker.StartAsync());

        Assert.Equal($"{Math.Min(1000, own + 500)}", await worker.CallAsync("oom_score"));
    }

    [Fact(Timeout = Bound)]
    [Trait("Rule", "L12")]
    public async Task Activity_is_read_as_long_as_there_is_a_process()
    {
        LiveWorker worker = Own(await LiveWorker.StartAsync());

        ProcessActivity activity = ProcessActivity.Read(worker.Channel.ProcessId)!.Value;

        Assert.True(activity.CpuTime > TimeSpan.Zero);
        Assert.Contains(activity.State, "RSD");
        worker.Channel.Kill();
        await worker.Events.Ended;
        Assert.Null(ProcessActivity.Read(worker.Channel.ProcessId));
    }

    private static void AssertStacks(LiveWorker worker, string function)
    {
        if (TransportMode.IsPortable)
        {
            Assert.Null(worker.Channel.Stacks); // the portable mode has no page to write them to
            return;
        }
        Assert.Contains($" in {function}\n", worker.Channel.Stacks, StringComparison.Ordinal);
        Assert.Contains("most recent call first", worker.Channel.Stacks, StringComparison.Ordinal);
    }
}
