using System.Text.Json;
using Snakepit.Telemetry;

namespace Snakepit.AspNetCore.Contract;

/// <summary>Translates what Snakepit tells into the contract.</summary>
internal static class Describe
{
    /// <summary>Returns a pool without its workers, tools, deaths and options.</summary>
    public static PoolInfo Pool(PoolSnapshot pool) => new()
    {
        Name = pool.Name,
        State = Word(pool.State),
        Size = pool.Size,
        Ready = pool.Ready,
        MinReady = pool.MinReady,
        Spares = pool.Spares,
        Resting = pool.Resting,
        Drained = pool.Tainted,
        Running = pool.Running,
        QueueLength = pool.QueueLength,
        QueueLimit = pool.QueueLimit,
        WaitingForRoom = pool.WaitingForRoom,
        MaxConcurrent = pool.MaxConcurrent,
        Sessions = pool.Sessions,
        Streams = pool.Workers.Sum(static worker => worker.RunningTools.Count(static tool => tool.IsStream)),
        Accepted = pool.Accepted,
        Rejected = pool.Rejected,
        Requests = pool.Lifecycle.TotalRequests,
        Recycled = pool.Recycled,
        RecyclesByReason = pool.Lifecycle.RecyclesByReason.OrderBy(static pair => pair.Key)
            .ToDictionary(static pair => TelemetryNames.Of(pair.Key), static pair => pair.Value),
        NearTtl = pool.Lifecycle.WorkersNearTtl,
        NearMaxRequests = pool.Lifecycle.WorkersNearMaxRequests,
        Overdue = pool.Lifecycle.WorkersOverdue,
        Overshoot = pool.Lifecycle.Overshoot,
        MedianSeconds = pool.MedianDuration?.TotalSeconds,
        P99Seconds = pool.Percentile99Duration?.TotalSeconds,
        Breaker = pool.Breaker is { } breaker ? Word(breaker) : null,
        Python = pool.Python is { } python ? $"{python.Version} {python.Executable}" : null,
        LastStartFailure = pool.LastStartFailure?.Message,
        DeathCount = pool.LastDeaths.Count,
        Restarts =
        [
            .. pool.Restarts.Select(static restart => new RestartInfo
            {
                Cause = restart.Cause,
                Failures = restart.Failures,
                ElapsedSeconds = restart.Elapsed.TotalSeconds,
                NextInSeconds = restart.NextIn.TotalSeconds,
            }),
        ],
        Quarantine =
        [
            .. pool.Quarantine.Select(static input => new QuarantineInfo
            {
                Tool = input.Tool, Hash = $"{input.Hash:x16}", Deaths = input.Deaths, Until = input.Until,
            }),
        ],
    };

    public static WorkerInfo Worker(WorkerSnapshot worker) => new()
    {
        Id = worker.Id.ToString(),
        Pool = worker.Id.Pool,
        Slot = worker.Id.Slot,
        Generation = worker.Id.Generation,
        Pid = worker.Pid,
        State = Word(worker.State),
        StartedAt = worker.StartedAt,
        AgeSeconds = worker.Age.TotalSeconds,
        TtlSeconds = worker.EffectiveTtl?.TotalSeconds,
        Requests = worker.Requests,
        MaxRequests = worker.EffectiveMaxRequests,
        Overshoot = worker.Overshoot,
        Running = worker.Running,
        Waiting = worker.Waiting,
        Capacity = worker.Capacity,
        Sessions = worker.Sessions,
        ConsecutiveErrors = worker.ConsecutiveErrors,
        RecycleReason = worker.RecycleReason is { } reason ? TelemetryNames.Of(reason) : null,
        OverdueSeconds = worker.OverdueFor?.TotalSeconds,
        FailedReplacements = worker.FailedReplacements,
        Memory = worker.Memory is { } memory ? Memory(memory) : null,
        CpuSeconds = worker.CpuTime?.TotalSeconds,
        Threads = worker.Threads,
        Device = worker.Device,
        DrainedUntil = worker.TaintedUntil,
        Unresponsive = worker.Unresponsiveness is { } silence ? Word(silence.Verdict) : null,
        Calls = Calls(worker.RunningTools),
    };

    public static DeathInfo Death(DeathReport death) => new()
    {
        Worker = death.Worker.ToString(),
        Slot = death.Worker.Slot,
        Pid = death.Pid,
        Cause = JsonNamingPolicy.SnakeCaseLower.ConvertName(death.Cause.ToString()),
        Description = death.Description,
        KilledBecause = death.KilledBecause,
        ExitCode = death.ExitCode,
        Signal = death.Signal,
        UptimeSeconds = death.Uptime.TotalSeconds,
        Requests = death.Requests,
        Calls = Calls(death.RunningTools),
        MemoryBytes = death.Memory?.Bytes,
        PeakMemoryBytes = death.PeakMemory?.Bytes,
        CpuSeconds = death.CpuTime?.TotalSeconds,
        Stacks = death.Stacks,
        LastOutput = death.LastOutput,
    };

    /// <summary>Returns the counts of a tool.</summary>
    public static ToolInfo Tool(ToolStatistics tool) => new()
    {
        Name = tool.Tool,
        Calls = tool.Calls,
        Failed = tool.Failed,
        MedianSeconds = tool.MedianDuration.TotalSeconds,
        P99Seconds = tool.Percentile99Duration.TotalSeconds,
        MemoryPerCallBytes = tool.MemoryPerCall?.Bytes,
    };

    /// <summary>Returns the tools of an adapter, and those that callers have called in vain.</summary>
    public static IReadOnlyList<ToolInfo> Tools(IWorkerPool pool)
    {
        Dictionary<string, ToolInfo> counted = pool.GetToolStatistics().ToDictionary(static one => one.Tool, Tool);
        return
        [
            .. pool.Tools.Select(tool => (counted.Remove(tool.Name, out ToolInfo? known) ? known : Uncalled(tool.Name)) with
            {
                Signature = tool.ToString(),
                Description = tool.Description,
                IsIdempotent = tool.IsIdempotent,
                Cancellation = Word(tool.Cancellation),
                Parameters = tool.ParametersSchema,
                Result = tool.ResultSchema,
            }),
            .. counted.Values.OrderBy(static tool => tool.Name, StringComparer.Ordinal),
        ];
    }

    public static BudgetInfo Budget(BudgetSnapshot budget) => new()
    {
        MemoryBudgetBytes = budget.MemoryBudget?.Bytes,
        MaxConcurrentRecycles = budget.MaxConcurrentRecycles,
        ReservedBytes = budget.Reserved.Bytes,
        UsedBytes = budget.Used.Bytes,
        Replacing = budget.Replacing,
        Pools =
        [
            .. budget.Pools.Select(static pool => new PoolBudgetInfo
            {
                Pool = pool.Pool,
                ExpectedFootprintBytes = pool.ExpectedFootprint.Bytes,
                ReservedBytes = pool.Reserved.Bytes,
                UsedBytes = pool.Used.Bytes,
                ZygotesBytes = pool.Zygotes.Bytes,
                WaitingForMemory = pool.WaitingForMemory,
                StopsFirst = pool.StopsFirst,
                Replacing = pool.Replacing,
                WaitingToReplace = pool.WaitingToReplace,
            }),
        ],
    };

    public static RecycleInfo Recycle(RecycleReport report) => new()
    {
        Pool = report.Pool,
        AllReplaced = report.AllReplaced,
        DurationSeconds = report.Duration.TotalSeconds,
        Slots =
        [
            .. report.Slots.Select(static slot => new SlotRecycleInfo
            {
                Slot = slot.Slot,
                Outcome = Word(slot.Outcome),
                Old = slot.Old.ToString(),
                New = slot.New?.ToString(),
                DurationSeconds = slot.Duration.TotalSeconds,
                Failure = slot.FailureReason,
                StoppedFirst = slot.StoppedFirst,
                EndProblem = slot.EndProblem,
            }),
        ],
    };

    public static DoctorInfo Doctor(DoctorReport report) => new()
    {
        Status = Word(report.Status),
        DurationSeconds = report.Duration.TotalSeconds,
        Checks =
        [
            .. report.Checks.Select(static check => new CheckInfo
            {
                Name = check.Name, Pool = check.Pool, Status = Word(check.Status), Found = check.Found, Remedy = check.Remedy,
            }),
        ],
    };

    /// <summary>Returns the name of an enum value in camel case.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => Name(value.ToString());

    /// <summary>Returns a name in camel case.</summary>
    public static string Name(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    private static ToolInfo Uncalled(string name) => new() { Name = name, Calls = 0, Failed = 0 };

    private static MemoryInfo Memory(WorkerMemory memory) => new()
    {
        CurrentBytes = memory.Current.Bytes,
        PeakBytes = memory.Peak.Bytes,
        BaselineBytes = memory.Baseline.Bytes,
        SoftLimitBytes = memory.SoftLimit?.Bytes,
        HardLimitBytes = memory.HardLimit?.Bytes,
    };

    private static IReadOnlyList<CallInfo> Calls(IReadOnlyList<RunningTool> tools) =>
    [
        .. tools.Select(static tool => new CallInfo
        {
            Call = tool.Call == 0 ? null : $"{tool.Call}",
            Tool = tool.Name,
            ElapsedSeconds = tool.Elapsed.TotalSeconds,
            IsStream = tool.IsStream,
            Session = tool.Session,
        }),
    ];
}
