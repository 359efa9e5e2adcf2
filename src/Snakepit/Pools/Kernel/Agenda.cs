namespace Snakepit.Pools.Kernel;

/// <summary>What a step has made due. Handlers note it here, and the step's end carries it out; empty between steps.</summary>
internal sealed class Agenda
{
    /// <summary>Another call may come first, or a worker may have room.</summary>
    public bool Dispatch { get; set; }

    /// <summary>Other workers may have to serve, start or rest.</summary>
    public bool Staff { get; set; }

    /// <summary>Workers that may have room for the calls that wait for them, or nothing more to do.</summary>
    public List<WorkerNode> Lanes { get; } = [];

    /// <summary>A clock was set that the roster does not know.</summary>
    public bool Wake { get; set; }
}

/// <summary>A call that goes to a worker without having waited.</summary>
/// <param name="Call">Its entry.</param>
/// <param name="Worker">The worker; null: there is no such call.</param>
/// <param name="Demand">What it asks of the worker.</param>
internal readonly record struct Placement(int Call, WorkerNode? Worker, Demand Demand);
