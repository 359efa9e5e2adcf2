using Snakepit.AspNetCore.Contract;

namespace Snakepit.Cli.Output;

/// <summary>Shows pools.</summary>
internal static class PoolViews
{
    /// <summary>Returns a line for each pool.</summary>
    public static TableView Summary(IEnumerable<PoolInfo> pools)
    {
        var table = new TableView("pool", "state", "#ready", "#running", "#queued", "#calls", "#p50", "#p99", "#replaced");
        foreach (PoolInfo pool in pools)
        {
            table.Add(
                pool.Name, Cell.State(pool.State), $"{pool.Ready}/{pool.Size}", pool.Running,
                pool.QueueLength, pool.Requests, Show.Duration(pool.MedianSeconds), Show.Duration(pool.P99Seconds), pool.Recycled);
        }
        return table;
    }

    /// <summary>Returns a short line for each pool.</summary>
    public static TableView Short(IEnumerable<PoolInfo> pools)
    {
        var table = new TableView("pool", "state", "#ready", "#runs", "#waits");
        foreach (PoolInfo pool in pools)
        {
            table.Add(Shown.Text(pool.Name, 12), Cell.State(pool.State), $"{pool.Ready}/{pool.Size}", pool.Running, pool.QueueLength);
        }
        return table;
    }

    /// <summary>Returns what is wrong with a pool, a sentence each.</summary>
    public static IEnumerable<string> Troubles(PoolInfo pool)
    {
        if (pool.LastStartFailure is { } failure && pool.Ready < pool.Size)
        {
            yield return $"{pool.Name}: the last start failed: {failure}";
        }
        foreach (RestartInfo restart in pool.Restarts)
        {
            yield return $"{pool.Name}: {restart.Cause}, {Shown.Count(restart.Failures, "time")} in {Show.Age(restart.ElapsedSeconds)}; "
                + $"the next start is {(restart.NextInSeconds > 0 ? $"in {Show.Duration(restart.NextInSeconds)}" : "now")}.";
        }
        foreach (QuarantineInfo input in pool.Quarantine)
        {
            yield return $"{pool.Name}: an input of tool '{input.Tool}' has killed {Shown.Count(input.Deaths, "worker")} and is rejected "
                + $"until {input.Until:u}. 'snakepit lift-quarantine {pool.Name}' lets it run again.";
        }
        if (pool.Breaker is { } breaker and not "closed")
        {
            yield return $"{pool.Name}: the circuit breaker is {(breaker == "open" ? "open: calls are refused" : "trying single calls")}.";
        }
        if (pool.Drained > 0)
        {
            yield return $"{pool.Name}: {Shown.Count(pool.Drained, "slot", "gets", "get")} no calls. "
                + $"'snakepit drain {pool.Name} --resume' changes that.";
        }
        if (pool.Overdue > 0)
        {
            yield return $"{pool.Name}: {Shown.Count(pool.Overdue, "worker", "is", "are")} due to be replaced, "
                + "but no replacement can start.";
        }
    }

    /// <summary>Returns how many workers were replaced, and why.</summary>
    public static string Replaced(PoolInfo pool) => pool.RecyclesByReason.Count == 0
        ? "none"
        : string.Join(", ", pool.RecyclesByReason.Select(static reason => $"{Show.Number(reason.Value)} for {reason.Key}"));
}
