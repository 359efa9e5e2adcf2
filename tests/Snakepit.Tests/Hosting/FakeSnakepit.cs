using Snakepit.Hosting;

namespace Snakepit.Tests.Hosting;

/// <summary>One pool, <c>text</c>, and no lifetime: what an application may put in the runtime's place.</summary>
internal class FakeSnakepit : NoCalls, ISnakepit
{
    public IReadOnlyCollection<string> PoolNames => ["text"];

    public IWorkerPool GetPool(string name) =>
        name == "text" ? new FakePool(name) : throw new SnakepitConfigurationException($"There is no pool '{name}'.{NearName.Suggest(name, PoolNames)}");

    public LifecycleStatistics GetStatistics() => throw new NotSupportedException();
}
