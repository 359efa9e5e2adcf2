using Snakepit.Processes;
using Snakepit.Runtime;
using Snakepit.Workers;

namespace Snakepit.Tests.TestWatch;

public sealed class LiveRuntimesTests
{
    [Fact]
    public async Task Runtime_is_listed_from_its_start_until_it_has_stopped()
    {
        SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            snakepit =>
            {
                snakepit.Starter = new FailingStarter();
                snakepit.Options.StartPolicy = StartPolicy.Background;
                snakepit.AddPool("stuck", pool => pool.Adapter = "adapter.py");
            },
            TestContext.Current.CancellationToken);
        Assert.Contains(runtime, LiveRuntimes.All);

        await runtime.DisposeAsync();

        Assert.DoesNotContain(runtime, LiveRuntimes.All);
    }

    private sealed class FailingStarter : IWorkerStarter
    {
        public void Launch(WorkerStart launch, IWorkerEvents events)
        {
            events.OnFailed(new WorkerFailure("launch", "there are no processes today"));
            events.OnExited(default, []);
        }

        public void Dispose()
        {
        }
    }
}
