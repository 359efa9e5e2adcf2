using Snakepit.Configuration;

namespace Snakepit.Tests.Hosting;

/// <summary>A substitute for the runtime, as an application may register it: it has one pool, <c>text</c>, and no lifetime.</summary>
internal class FakeSnakepit : NoCalls, ISnakepit
{
    public IReadOnlyCollection<string> PoolNames => ["text"];

    public IWorkerPool GetPool(string name) =>
        name == "text"
            ? new FakePool(name)
            : throw new SnakepitConfigurationException($"There is no pool '{name}'.{NearName.Suggest(name, PoolNames)}");

    public Task<DoctorReport> ExamineAsync(DoctorOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<ReloadReport> ReloadAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public BudgetSnapshot GetBudget() => throw new NotSupportedException();

    public LifecycleStatistics GetStatistics() => throw new NotSupportedException();
}
