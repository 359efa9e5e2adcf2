using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Advice;

/// <summary>How a worker is now.</summary>
internal sealed record WorkerVerdict
{
    public const string Healthy = "healthy";
    public const string Doubtful = "doubtful";
    public const string Unhealthy = "unhealthy";

    private const int ManyErrors = 3;
    private const double NearLimit = 0.95;

    public required string Worker { get; init; }

    public required int Pid { get; init; }

    /// <summary>healthy, doubtful or unhealthy.</summary>
    public required string Health { get; init; }

    /// <summary>What is wrong, a sentence each.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Judges a worker.</summary>
    /// <param name="worker">What the host tells of it.</param>
    /// <param name="process">The letter of its process's state, as the system tells now; null when that is unknown.</param>
    public static WorkerVerdict Of(WorkerInfo worker, char? process)
    {
        string[] severe = [.. Severe(worker, process)], mild = [.. Mild(worker, process)];
        return new WorkerVerdict
        {
            Worker = worker.Id,
            Pid = worker.Pid,
            Health = severe.Length > 0 ? Unhealthy : mild.Length > 0 ? Doubtful : Healthy,
            Problems = [.. severe, .. mild],
        };
    }

    private static IEnumerable<string> Severe(WorkerInfo worker, char? process)
    {
        if (process is 'T' or 't' || worker.Unresponsive == "stopped")
        {
            yield return $"A signal has stopped its process. 'kill -CONT {worker.Pid}' lets it go on; "
                + $"'snakepit recycle {worker.Id}' replaces it.";
        }
        else if (worker.Unresponsive == "stuck")
        {
            yield return $"It gives no sign of life and takes no processor time. 'snakepit stacks {worker.Id}' shows where it is.";
        }
        if (process == 'Z')
        {
            yield return "Its process has ended.";
        }
        if (worker.Memory is { HardLimitBytes: { } limit, CurrentBytes: var current } && current > NearLimit * limit)
        {
            yield return $"It is about to be killed: it has {Show.Size(current)} of Memory.HardLimit, {Show.Size(limit)}.";
        }
        if (worker is { OverdueSeconds: { } overdue, FailedReplacements: > 0 })
        {
            yield return $"It should have been replaced {Show.Age(overdue)} ago ({worker.RecycleReason}), but {worker.FailedReplacements} "
                + "replacements could not start. 'snakepit status' tells why.";
        }
    }

    private static IEnumerable<string> Mild(WorkerInfo worker, char? process)
    {
        if (process == 'D')
        {
            yield return "Its process waits for a device, and cannot be interrupted.";
        }
        if (worker.Unresponsive is "busy" or "starved")
        {
            yield return worker.Unresponsive == "busy"
                ? "It computes and answers nothing: native code may hold the interpreter."
                : "It gets too little processor time to answer. The machine is overloaded.";
        }
        if (worker.ConsecutiveErrors >= ManyErrors)
        {
            yield return $"Its last {Shown.Count(worker.ConsecutiveErrors, "call")} raised exceptions.";
        }
        if (worker.Memory is { SoftLimitBytes: { } limit, CurrentBytes: var current } && current > limit)
        {
            yield return $"It has {Show.Size(current)}, more than Memory.SoftLimit ({Show.Size(limit)}), and is to be replaced.";
        }
        if (worker.DrainedUntil is not null)
        {
            yield return $"It gets no calls. 'snakepit drain {worker.Pool}/{worker.Slot} --resume' changes that.";
        }
    }
}
