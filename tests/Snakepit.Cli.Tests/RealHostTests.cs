using System.Text.Json;
using Snakepit.AspNetCore;
using Snakepit.Cli.Tests.Fixture;

namespace Snakepit.Cli.Tests;

/// <summary>A host with real Python: its stacks, its health, its profile, and the scaling of the machine.</summary>
public sealed class RealHostTests : CliTest
{
    [Fact]
    public async Task Stacks_show_where_a_worker_is()
    {
        await using Real host = await StartAsync();
        Task call = host.Pool.ExecuteAsync("wait", cancellationToken: host.Ending).AsTask();
        ToolRun run;
        int looks = 0;
        do
        {
            run = await RunAsync("stacks", "text/0"); // until the tool has begun
        }
        while (++looks < 1_000 && !run.Output.Contains("in wait", StringComparison.Ordinal));

        Assert.Equal(0, run.Code);
        Assert.StartsWith("Worker text/0#1, process ", run.Output, StringComparison.Ordinal);
        Assert.Contains("in wait", run.Output, StringComparison.Ordinal);
        Sample.Check("stacks", (await RunAsync("stacks", "text/0#1", "--json")).Output);
        await host.EndCallsAsync(call);
    }

    [Fact]
    public async Task Health_of_a_worker_that_a_signal_has_stopped_is_seen_at_once()
    {
        await using Real host = await StartAsync();
        ToolRun healthy = await RunAsync("worker-health");
        int pid = host.Pool.GetSnapshot().Workers[0].Pid;
        ToolRun stopped;
        Signals.Send(pid, Signals.Stop);
        try
        {
            int looks = 0;
            do
            {
                stopped = await RunAsync("worker-health", "text"); // the process is stopped when it has a processor next
            }
            while (++looks < 1_000 && stopped.Code == 0);
        }
        finally
        {
            Signals.Send(pid, Signals.Continue);
        }

        Assert.Equal(0, healthy.Code);
        Assert.Contains("1 of 1 worker is healthy.", healthy.Text, StringComparison.Ordinal);
        Assert.Equal(1, stopped.Code);
        Assert.Contains($"text/0#1: A signal has stopped its process. 'kill -CONT {pid}' lets it go on", stopped.Text,
            StringComparison.Ordinal);
        Sample.Check("worker_health", (await RunAsync("worker-health", "--json")).Output);
    }

    [Fact]
    public async Task Profile_and_capacity_of_a_busy_pool_name_the_setting()
    {
        await using Real host = await StartAsync();
        Task[] calls = [.. Enumerable.Range(0, 3).Select(_ => host.Pool.ExecuteAsync("wait", cancellationToken: host.Ending).AsTask())];

        ToolRun profile = await RunAsync("profile-inspector", "--recommendations", "--pool", "text");
        ToolRun capacity = await RunAsync("capacity-report", "--for", "1s");

        Assert.Equal((0, 0), (profile.Code, capacity.Code));
        Assert.Contains("critical: 1 of 1 place runs a call, and 2 calls wait. Raise Size", profile.Text, StringComparison.Ordinal);
        Assert.Contains("Size = 1", profile.Text, StringComparison.Ordinal);
        Assert.Contains("the pool is saturated now. Size = 5 would do for this load,", capacity.Text, StringComparison.Ordinal);
        Sample.Check("profile_inspector", (await RunAsync("profile-inspector", "--json")).Output);
        Sample.Check("capacity_report", (await RunAsync("capacity-report", "--json", "--for", "300ms")).Output);
        await host.EndCallsAsync(calls);
    }

    [Fact]
    public async Task Doctor_of_the_host_examines_its_interpreter()
    {
        await using Real host = await StartAsync();

        ToolRun run = await RunAsync("doctor");

        Assert.Equal(0, run.Code);
        Assert.Contains("text: adapter: It offers wait.", run.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scaling_of_the_machine_is_measured_on_a_scratch_pool()
    {
        ToolRun run = await RunAsync("diagnose", "scaling", "--workers", "4", "--step", "200ms");
        ToolRun json = await RunAsync("diagnose", "scaling", "--workers", "2", "--step", "100ms", "--json");

        Assert.Equal(0, run.Code);
        Assert.Matches(@"Size = \d+ fits tools that compute", run.Text);
        Assert.All(run.Lines, static line => Assert.InRange(line.Length, 0, 80));
        JsonElement report = JsonElement.Parse(json.Output);
        Assert.Equal([1, 2], report.GetProperty("computing").EnumerateArray().Select(static one => one.GetProperty("calls").GetInt32()));
        Assert.InRange(report.GetProperty("startsPerSecond").GetDouble(), 0.5, 10_000);
        Assert.InRange(report.GetProperty("memoryPerWorkerBytes").GetInt64(), 1 << 20, 1 << 28);
        Assert.InRange(report.GetProperty("descriptorsPerWorker").GetDouble(), 1, 100);
        Assert.Equal(2, (await RunAsync("diagnose", "scaling", "--workers", "1")).Code);
    }

    private async Task<Real> StartAsync()
    {
        WriteFile("text.py", "import time\n\ndef wait():\n    time.sleep(1000)\n");
        SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            s => s.AddPool("text", p => (p.Adapter, p.Size) = (Path.Combine(Folder, "text.py"), 1)), Cancellation);
        return new Real(runtime, await SnakepitControl.StartAsync(runtime, cancellationToken: Cancellation));
    }

    private sealed class Real(SnakepitRuntime runtime, SnakepitControl control) : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ending = new();

        public IWorkerPool Pool => runtime.GetPool("text");

        public CancellationToken Ending => _ending.Token;

        public async Task EndCallsAsync(params Task[] calls)
        {
            await _ending.CancelAsync();
            await Task.WhenAll(calls).ContinueWith(static _ => { }, TaskScheduler.Default);
        }

        public async ValueTask DisposeAsync()
        {
            await _ending.CancelAsync();
            await control.DisposeAsync();
            await runtime.DisposeAsync();
            _ending.Dispose();
        }
    }
}
