using Snakepit.AspNetCore.Contract;

namespace Snakepit.Cli.Output;

/// <summary>Shows workers.</summary>
internal static class WorkerViews
{
    private const int MostCalls = 2;

    /// <summary>Returns a line for each worker: what it has used of its limits, and what it runs.</summary>
    public static TableView Table(IEnumerable<WorkerInfo> workers)
    {
        var table = new TableView("worker", "#pid", "state", "#age", "#calls", "#memory", "runs");
        foreach (WorkerInfo worker in workers)
        {
            table.Add(
                worker.Id, new Cell($"{worker.Pid}"), Cell.State(StateOf(worker)),
                Show.Of(Show.Age(worker.AgeSeconds), worker.TtlSeconds is { } ttl ? Show.Age(ttl) : null),
                Show.Of(Show.Number(worker.Requests), worker.MaxRequests is { } most ? Show.Number(most) : null),
                Memory(worker.Memory),
                Runs(worker));
        }
        return table;
    }

    /// <summary>Returns a short line for each worker.</summary>
    public static TableView Short(IEnumerable<WorkerInfo> workers)
    {
        var table = new TableView("worker", "state", "#calls", "#memory");
        foreach (WorkerInfo worker in workers)
        {
            table.Add(
                Shown.Text(worker.Id, 16), Cell.State(worker.Unresponsive ?? worker.State), worker.Requests,
                Show.Size(worker.Memory?.CurrentBytes));
        }
        return table;
    }

    /// <summary>Returns what a worker is doing, or what keeps it from working.</summary>
    public static string StateOf(WorkerInfo worker) => worker.Unresponsive
        ?? (worker.DrainedUntil is not null ? "drained" : worker.RecycleReason is { } reason ? $"{worker.State} ({reason})" : worker.State);

    private static string Memory(MemoryInfo? memory) => memory is null
        ? Show.Nothing
        : Show.Of(Show.Size(memory.CurrentBytes), Show.Size(memory.SoftLimitBytes ?? memory.HardLimitBytes));

    private static string Runs(WorkerInfo worker)
    {
        IEnumerable<string> calls = worker.Calls.Take(MostCalls).Select(
            static call => $"{Shown.Text(call.Tool, 30)} {Show.Duration(call.ElapsedSeconds)}"
                + (call.Call is { } number ? $" (call {number})" : ""));
        int more = worker.Calls.Count - MostCalls;
        return string.Join(", ", more > 0 ? calls.Append($"{more} more") : calls);
    }
}
