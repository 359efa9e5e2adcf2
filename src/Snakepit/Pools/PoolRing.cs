namespace Snakepit.Pools;

/// <summary>
/// The owners of a pool's state, for classes that use most of them: effects, reports, worker events, and the recovery from defects.
/// </summary>
internal sealed class PoolRing
{
    public required PoolContext Pool { get; init; }

    public required PoolCore Core { get; init; }

    public required OpenCalls Calls { get; init; }

    public required WorkerDirectory Workers { get; init; }

    public required ToolCatalog Catalog { get; init; }

    public required DeathBook Deaths { get; init; }

    public required SuspectInputs Inputs { get; init; }

    public required Shutdown Shutdown { get; init; }

    public required Readiness Readiness { get; init; }

    public required RecycleRequests Recycles { get; init; }

    public required LimitSignals Limits { get; init; }

    public required AdapterCode Code { get; init; }

    public required HealthChecks Health { get; init; }

    public required TaintOrders Taints { get; init; }

    public required DefectRecovery Recovery { get; init; }
}
