using Snakepit.IntegrationTests.Fixture;

[assembly: AssemblyFixture(typeof(WarmUp))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)] // tests count the descriptors, zombies and threads of the process

namespace Snakepit.IntegrationTests.Fixture;

/// <summary>Makes .NET open, before tests count, every descriptor that it keeps open, such as the pipe of its signal handling.</summary>
public sealed class WarmUp : IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        await using Rig rig = Rig.Create("tools.py");
        await rig.StartAsync();
        await rig.Pool.ExecuteAsync<int>("add", new { a = 40, b = 2 });
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
