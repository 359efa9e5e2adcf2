using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.AspNetCore.Tests.Fixture;
using Snakepit.Processes;

namespace Snakepit.AspNetCore.Tests;

/// <summary>What only workers with Python show.</summary>
public sealed class RealWorkerTests
{
    private const string Adapter = "import time\n\ndef naps():\n    time.sleep(1000)\n\ndef add(a, b):\n    return a + b\n";
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task Stacks_of_a_busy_worker_are_told_and_its_call_goes_on_until_it_is_cancelled()
    {
        await using WebHost host = await StartAsync();
        await host.WithTokenAsync();
        Task call = host.Snakepit.GetPool("real").ExecuteAsync("naps", cancellationToken: WebHost.Cancellation).AsTask();
        JsonElement stacks = await UntilAsync(host, " in naps");

        Assert.Equal("real/0#1", stacks.GetProperty("worker").GetString());
        Assert.False(call.IsCompleted);
        string number = (await host.Client.GetAnswerAsync("/admin/workers")).Body
            .GetProperty("workers")[0].GetProperty("calls")[0].GetProperty("call").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await host.Client.OrderAsync($"/admin/pools/real/calls/{number}/cancel")).Status);
        await Assert.ThrowsAsync<OperationCanceledException>(() => call);
    }

    /// <summary>The best of three, because the machine may be busy with other tests.</summary>
    [Fact]
    public async Task Readiness_is_lost_within_100_ms_after_the_death_of_a_worker()
    {
        await using WebHost host = await StartAsync();
        var best = TimeSpan.MaxValue;
        for (int attempt = 0; attempt < 3; attempt++)
        {
            await host.Snakepit.GetPool("real").WaitUntilReadyAsync(1, WebHost.Cancellation);
            Assert.Equal(HttpStatusCode.OK, await ProbeAsync(host));
            int pid = host.Snakepit.GetPool("real").GetSnapshot().Workers.Single(static one => one.State == WorkerState.Serving).Pid;
            await new HostSystem(TimeProvider.System).RunAsync(
                "/bin/kill", ["-9", $"{pid}"], TimeSpan.FromSeconds(20), WebHost.Cancellation);
            long killed = Stopwatch.GetTimestamp();

            while (await ProbeAsync(host) == HttpStatusCode.OK)
            {
                Assert.InRange(Stopwatch.GetElapsedTime(killed), TimeSpan.Zero, TimeSpan.FromSeconds(20));
            }

            best = new[] { best, Stopwatch.GetElapsedTime(killed) }.Min();
        }
        TestContext.Current.SendDiagnosticMessage($"Readiness was lost {best.TotalMilliseconds:0.0} ms after the kill.");
        Assert.InRange(best, TimeSpan.Zero, s_limit);
    }

    private static async Task<HttpStatusCode> ProbeAsync(WebHost host)
    {
        using HttpResponseMessage answer = await host.Client.GetAsync("/health/ready", WebHost.Cancellation);
        return answer.StatusCode;
    }

    /// <summary>Returns the first stacks with that text: the call takes a moment to begin.</summary>
    private static async Task<JsonElement> UntilAsync(WebHost host, string text)
    {
        while (true)
        {
            JsonElement stacks = (await host.Client.GetAnswerAsync("/admin/pools/real/workers/0/stacks")).Body;
            if (stacks.GetProperty("stacks").GetString()!.Contains(text, StringComparison.Ordinal))
            {
                return stacks;
            }
        }
    }

    private static async Task<WebHost> StartAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("snakepit-");
        string adapter = Path.Combine(folder.FullName, "real.py");
        await File.WriteAllTextAsync(adapter, Adapter, WebHost.Cancellation);
        WebHost host = await WebHost.StartAsync(
            static app =>
            {
                app.MapSnakepitAdmin("/admin");
                app.MapSnakepitHealth();
            },
            configure: services =>
            {
                services.AddHealthChecks().AddSnakepitProbes();
                services.AddSnakepit().AddPool("real", pool =>
                {
                    pool.Adapter = adapter;
                    pool.Size = 1;
                });
            },
            isReal: true);
        host.Owns(folder);
        return host;
    }
}
