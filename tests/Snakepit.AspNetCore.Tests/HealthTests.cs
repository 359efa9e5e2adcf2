using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.AspNetCore.Tests.Fixture;
using Snakepit.Testing;

namespace Snakepit.AspNetCore.Tests;

/// <summary>The three answers for an orchestrator.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task Startup_is_told_once_all_pools_have_been_ready_and_ready_while_they_are()
    {
        var gate = new TaskCompletionSource();
        var workers = new FakeWorkers { Boot = worker => worker.Id is { Pool: "text", Slot: 1 } ? gate.Task : Task.CompletedTask };
        await using WebHost host = await StartAsync(workers, StartPolicy.Background);
        Assert.Equal((503, 503, 200), await ProbeAsync(host));

        gate.SetResult();
        await host.Text.WaitUntilReadyAsync(cancellationToken: WebHost.Cancellation);
        await host.Snakepit.GetPool("ml").WaitUntilReadyAsync(cancellationToken: WebHost.Cancellation);
        Assert.Equal((200, 200, 200), await ProbeAsync(host));
    }

    [Fact]
    public async Task Ready_is_lost_with_the_worker_that_was_one_too_many_and_comes_back()
    {
        var gate = new TaskCompletionSource();
        var workers = new FakeWorkers();
        await using WebHost host = await StartAsync(workers, StartPolicy.AllReady);
        workers.Boot = _ => gate.Task;
        FakeWorker victim = workers.Get("text", 0);

        victim.Crash();
        await victim.Exited.WaitAsync(WebHost.Cancellation);

        Assert.Equal((200, 503, 200), await ProbeAsync(host));
        gate.SetResult();
        await host.Text.WaitUntilReadyAsync(2, WebHost.Cancellation);
        Assert.Equal((200, 200, 200), await ProbeAsync(host));
    }

    private static Task<WebHost> StartAsync(FakeWorkers workers, StartPolicy policy) => WebHost.StartAsync(
        static app => app.MapSnakepitHealth(),
        workers: workers,
        configure: services =>
        {
            services.AddSnakepit(options => options.StartPolicy = policy);
            services.AddHealthChecks().AddSnakepitProbes();
        },
        text: static pool => pool.MinReady = 2);

    private static async Task<(int Startup, int Ready, int Live)> ProbeAsync(WebHost host) =>
        (await StatusAsync(host, "startup"), await StatusAsync(host, "ready"), await StatusAsync(host, "live"));

    private static async Task<int> StatusAsync(WebHost host, string probe)
    {
        using HttpResponseMessage answer = await host.Client.GetAsync($"/health/{probe}", WebHost.Cancellation);
        return (int)answer.StatusCode;
    }
}
