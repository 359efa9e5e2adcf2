using Microsoft.Extensions.Logging;

namespace Snakepit.Telemetry;

/// <summary>All messages that Snakepit logs. Information is for operators; events of a single call or line are Debug.</summary>
internal static partial class Log
{
    [LoggerMessage(EventIds.PoolStarted, LogLevel.Information, "Pool {Pool} started: {Ready} of {Size} workers are ready after {Elapsed}")]
    public static partial void PoolStarted(this ILogger logger, string pool, int ready, int size, ShownDuration elapsed);

    [LoggerMessage(EventIds.PoolStopped, LogLevel.Information, "Pool {Pool} stopped after {Elapsed}")]
    public static partial void PoolStopped(this ILogger logger, string pool, ShownDuration elapsed);

    [LoggerMessage(EventIds.PoolStateChanged, LogLevel.Information, "Pool {Pool} changed from {From} to {To}")]
    public static partial void PoolStateChanged(this ILogger logger, string pool, PoolState from, PoolState to);

    [LoggerMessage(EventIds.PoolSaturated, LogLevel.Warning,
        "Pool {Pool} is saturated and rejects calls: {QueueLength} calls wait, Queue.Limit is {Limit}. "
            + "Raise Size if all workers are busy, or Queue.Limit or the deadlines if the burst is short")]
    public static partial void PoolSaturated(this ILogger logger, string pool, int queueLength, int limit);

    [LoggerMessage(EventIds.PoolUnstartable, LogLevel.Error, "Pool {Pool} cannot start workers and rejects calls")]
    public static partial void PoolUnstartable(this ILogger logger, Exception reason, string pool);

    [LoggerMessage(EventIds.PoolLacksSomething, LogLevel.Error,
        "Pool {Pool} has no interpreter or adapter and rejects calls until it finds one. "
            + "The pool looks again in {RetryIn}, then at growing intervals up to {MaxBackoff} (Restart.MaxBackoff). "
            + "Logged once per reason")]
    public static partial void PoolLacksSomething(
        this ILogger logger, Exception missing, string pool, ShownDuration retryIn, ShownDuration maxBackoff);

    [LoggerMessage(EventIds.PoolDefect, LogLevel.Critical,
        "Snakepit failed in pool {Pool}: {Calls} calls end as WorkerLost, {Workers} workers are killed, and the pool {Next}. "
            + "Other pools are not affected. Please report this with the trace that follows")]
    public static partial void PoolDefect(this ILogger logger, Exception defect, string pool, int calls, int workers, string next);

    [LoggerMessage(EventIds.PoolTrace, LogLevel.Critical, "The last steps of pool {Pool} before the defect: {Trace}")]
    public static partial void PoolTrace(this ILogger logger, string pool, object trace);

    [LoggerMessage(EventIds.RecordsDropped, LogLevel.Warning,
        "{Count} log records were dropped, mostly output of workers, because the log provider was too slow. Logged once per burst")]
    public static partial void RecordsDropped(this ILogger logger, long count);

    [LoggerMessage(EventIds.MeasurementsDropped, LogLevel.Warning,
        "{Count} measurements were dropped, so counters are too low: a listener of the meter was too slow. Logged once per burst")]
    public static partial void MeasurementsDropped(this ILogger logger, long count);

    [LoggerMessage(EventIds.WorkerNotKilled, LogLevel.Error, "Worker {Worker} (process {Pid}) could not be killed")]
    public static partial void WorkerNotKilled(this ILogger logger, Exception error, WorkerId worker, int pid);

    [LoggerMessage(EventIds.PipesAreSmall, LogLevel.Warning,
        "{Workers} workers, including replacements and zygotes, need {Pages} pipe pages; "
            + "this user may have {Limit} (/proc/sys/fs/pipe-user-pages-soft), and a new pipe holds {Bytes} bytes. "
            + "Large messages take longer through small pipes. Lower Size, or raise the limit")]
    public static partial void PipesAreSmall(this ILogger logger, long workers, ulong pages, ulong limit, int bytes);

    [LoggerMessage(EventIds.WorkerLaunched, LogLevel.Debug, "Worker {Worker} was launched as process {Pid}")]
    public static partial void WorkerLaunched(this ILogger logger, WorkerId worker, int pid);

    [LoggerMessage(EventIds.WorkerReady, LogLevel.Debug, "Worker {Worker} (process {Pid}) is ready after {Elapsed}")]
    public static partial void WorkerReady(this ILogger logger, WorkerId worker, int pid, ShownDuration elapsed);

    [LoggerMessage(EventIds.WorkerDraining, LogLevel.Debug,
        "Worker {Worker} (process {Pid}) is draining for {Reason}; {Running} calls are running")]
    public static partial void WorkerDraining(this ILogger logger, WorkerId worker, int pid, RecycleReason reason, int running);

    [LoggerMessage(EventIds.WorkerRecycled, LogLevel.Information,
        "Worker {Worker} (process {Pid}) was replaced for {Reason}{Detail} after {Uptime} and {Requests} calls; "
            + "{FailedCalls} calls failed because of it")]
    public static partial void WorkerRecycled(
        this ILogger logger, WorkerId worker, int pid, RecycleReason reason, ShownDuration uptime, long requests, int failedCalls,
        string detail);

    [LoggerMessage(EventIds.HealthCheckFailed, LogLevel.Warning,
        "Worker {Worker} (process {Pid}) failed its check and is replaced: {Reason}, {Detail}")]
    public static partial void HealthCheckFailed(this ILogger logger, WorkerId worker, int pid, string reason, string detail);

    [LoggerMessage(EventIds.WorkerUnresponsive, LogLevel.Warning,
        "Worker {Worker} (process {Pid}) is running a call and has missed heartbeats for {Silent}; its snapshot says why. "
            + "Set Health.UnresponsiveTimeout to end such workers")]
    public static partial void WorkerUnresponsive(this ILogger logger, WorkerId worker, int pid, ShownDuration silent);

    [LoggerMessage(EventIds.WorkerTainted, LogLevel.Warning, "The slot of worker {Worker}{Device} gets no calls for {Duration}: {Reason}")]
    public static partial void WorkerTainted(
        this ILogger logger, WorkerId worker, string device, ShownDuration duration, TaintReason reason);

    [LoggerMessage(EventIds.ReplacementOverdue, LogLevel.Error,
        "Worker {Worker} (process {Pid}) is due for replacement ({Reason}) and keeps serving, because its replacement cannot start. "
            + "Fix the cause of the failed start; the pool tries again after Restart.MaxBackoff at the latest. "
            + "Logged once until no worker is overdue")]
    public static partial void ReplacementOverdue(this ILogger logger, Exception? failure, WorkerId worker, int pid, RecycleReason reason);

    [LoggerMessage(EventIds.FreshOverLimit, LogLevel.Warning,
        "Worker {Worker} (process {Pid}) became ready with {Footprint} of private memory, above Memory.SoftLimit ({Limit}). "
            + "Workers are judged by what they gain from there. Raise Memory.SoftLimit above what the adapter needs")]
    public static partial void FreshOverLimit(this ILogger logger, WorkerId worker, int pid, MemorySize footprint, MemorySize limit);

    [LoggerMessage(EventIds.MemoryIsShort, LogLevel.Warning,
        "Pool {Pool}: the machine has {Free} of free memory and a worker needs {Footprint}. "
            + "Until there is more, workers stop before their replacements start")]
    public static partial void MemoryIsShort(this ILogger logger, string pool, MemorySize free, MemorySize footprint);

    [LoggerMessage(EventIds.BudgetIsTight, LogLevel.Warning,
        "Pool {Pool}: the MemoryBudget of {Budget} has {Reserved} reserved and a worker needs {Footprint}. "
            + "Until there is room, workers stop before their replacements start")]
    public static partial void BudgetIsTight(
        this ILogger logger, string pool, MemorySize budget, MemorySize reserved, MemorySize footprint);

    [LoggerMessage(EventIds.BudgetIsShort, LogLevel.Warning,
        "Pool {Pool}: the MemoryBudget of {Budget} has {Reserved} reserved and a worker needs {Footprint}, so there is room for {Workers} "
            + "workers instead of {Wanted}. Raise MemoryBudget, or make this or another pool smaller")]
    public static partial void BudgetIsShort(
        this ILogger logger, string pool, MemorySize budget, MemorySize reserved, MemorySize footprint, int workers, int wanted);

    [LoggerMessage(EventIds.BudgetBelowOneWorker, LogLevel.Warning,
        "Pool {Pool}: one worker needs {Footprint}, more than the MemoryBudget of {Budget} for all pools. "
            + "The pool has one worker at a time all the same. Raise MemoryBudget")]
    public static partial void BudgetBelowOneWorker(this ILogger logger, string pool, MemorySize footprint, MemorySize budget);

    [LoggerMessage(EventIds.PoolScaled, LogLevel.Information, "Pool {Pool} is to have {To} workers instead of {From}: {Reason}")]
    public static partial void PoolScaled(this ILogger logger, string pool, int from, int to, ScaleReason reason);

    [LoggerMessage(EventIds.PolicyFailed, LogLevel.Error,
        "Pool {Pool}: the recycle policy {Policy} threw an exception and is not asked again")]
    public static partial void PolicyFailed(this ILogger logger, Exception error, string pool, Type policy);

    [LoggerMessage(EventIds.PolicyBlocks, LogLevel.Warning,
        "Pool {Pool}: the recycle policy {Policy} has not returned for {Duration}. "
            + "Until it returns, policies judge no worker of this pool. Calls and other limits are not affected")]
    public static partial void PolicyBlocks(this ILogger logger, string pool, Type policy, ShownDuration duration);

    [LoggerMessage(EventIds.CheckToolMissing, LogLevel.Error,
        "Pool {Pool}: Health.CheckTool is {Tool}, but adapter {Adapter} has no tool with that name, so workers are not checked. "
            + "Set Health.CheckTool to a tool of the adapter, or to null for its health_check()")]
    public static partial void CheckToolMissing(this ILogger logger, string pool, string tool, string adapter);

    [LoggerMessage(EventIds.CircuitOpened, LogLevel.Error,
        "Pool {Pool} refuses calls for {Duration} (Breaker.Duration), because too many calls failed. The last failure follows")]
    public static partial void CircuitOpened(this ILogger logger, Exception? failure, string pool, ShownDuration duration);

    [LoggerMessage(EventIds.CircuitClosed, LogLevel.Information,
        "Pool {Pool} accepts calls again: the trial call of the circuit breaker succeeded")]
    public static partial void CircuitClosed(this ILogger logger, string pool);

    [LoggerMessage(EventIds.CodeChanged, LogLevel.Information,
        "Pool {Pool}: the adapter's files have changed. One worker tries the new code, then all workers are replaced")]
    public static partial void CodeChanged(this ILogger logger, string pool);

    [LoggerMessage(EventIds.CodeRejected, LogLevel.Error,
        "Pool {Pool}: the changed adapter cannot start (see the failed start). The old workers stay until the files change again")]
    public static partial void CodeRejected(this ILogger logger, string pool);

    [LoggerMessage(EventIds.SettingChanged, LogLevel.Information,
        "{Section}: a reload has changed {Option} from {OldValue} to {NewValue}; the change takes effect {Effect}")]
    public static partial void SettingChanged(
        this ILogger logger, string section, string option, string oldValue, string newValue, string effect);

    [LoggerMessage(EventIds.SettingsKept, LogLevel.Error,
        "Pool {Pool} keeps its former settings while workers serve: no worker could start with those of the reload. The failure follows")]
    public static partial void SettingsKept(this ILogger logger, Exception failure, string pool);

    [LoggerMessage(EventIds.ReloadRefused, LogLevel.Error,
        "The changed configuration is invalid, and no part of it takes effect; the running one stays: {Problem}")]
    public static partial void ReloadRefused(this ILogger logger, string problem);

    [LoggerMessage(EventIds.PoolAdded, LogLevel.Information, "A reload has added pool {Pool}")]
    public static partial void PoolAdded(this ILogger logger, string pool);

    [LoggerMessage(EventIds.PoolRemoved, LogLevel.Information, "A reload has removed pool {Pool}, which finishes its calls and stops")]
    public static partial void PoolRemoved(this ILogger logger, string pool);

    [LoggerMessage(EventIds.CodeNotWatched, LogLevel.Warning, "Pool {Pool} cannot watch the adapter's files for changes: {Problem}")]
    public static partial void CodeNotWatched(this ILogger logger, string pool, string problem);

    [LoggerMessage(EventIds.SectionNotRead, LogLevel.Warning,
        "The configuration section {Section} is not read, so its settings have no effect. If you meant {NearSection}, rename it")]
    public static partial void SectionNotRead(this ILogger logger, string section, string nearSection);

    [LoggerMessage(EventIds.WorkerCrashed, LogLevel.Error,
        "Worker {Worker} (process {Pid}) ended unexpectedly: {Cause}, {Where}, after {Uptime} and {Requests} calls. "
            + "Its Python stacks: {Stacks}. Its last output: {LastOutput}")]
    public static partial void WorkerCrashed(
        this ILogger logger, WorkerId worker, int pid, string cause, string where, ShownDuration uptime, long requests, string stacks,
        string lastOutput);

    [LoggerMessage(EventIds.WorkerStartFailed, LogLevel.Error, "Worker {Worker} failed to start; the next attempt is in {RetryIn}")]
    public static partial void WorkerStartFailed(this ILogger logger, Exception failure, WorkerId worker, ShownDuration retryIn);

    [LoggerMessage(EventIds.WorkerEndFailed, LogLevel.Warning,
        "Worker {Worker} (process {Pid}), which is being replaced, did not end in order: {Problem}")]
    public static partial void WorkerEndFailed(this ILogger logger, WorkerId worker, int pid, string problem);

    [LoggerMessage(EventIds.WorkerKilled, LogLevel.Warning, "Worker {Worker} (process {Pid}) was killed: {Why}")]
    public static partial void WorkerKilled(this ILogger logger, WorkerId worker, int pid, string why);

    [LoggerMessage(EventIds.WorkerUnkillable, LogLevel.Error,
        "Worker {Worker} (process {Pid}) still exists {Elapsed} after it was killed (Stop.KillTimeout). "
            + "Its calls have failed, and its slot continues without it")]
    public static partial void WorkerUnkillable(this ILogger logger, WorkerId worker, int pid, ShownDuration elapsed);

    [LoggerMessage(EventIds.ReplacementsHeldBack, LogLevel.Warning,
        "Pool {Pool} has replaced workers for {Reason} {Times} times in a row, and no replacement helped. "
            + "The pool continues at growing intervals, up to Restart.MaxBackoff; workers serve meanwhile. "
            + "Fix the cause. Logged once per series")]
    public static partial void ReplacementsHeldBack(this ILogger logger, string pool, RecycleReason reason, int times);

    [LoggerMessage(EventIds.InputQuarantined, LogLevel.Error,
        "Pool {Pool} rejects an input of tool {Tool} for {Time}, because it has killed workers repeatedly. The last death: {Cause}. "
            + "Other calls of the tool continue")]
    public static partial void InputQuarantined(this ILogger logger, string pool, string tool, string cause, ShownDuration time);

    [LoggerMessage(EventIds.OutputDropped, LogLevel.Warning,
        "{Count} lines and log records of worker {Worker} were dropped, because {Reason}. Logged once per burst")]
    public static partial void OutputDropped(this ILogger logger, long count, WorkerId worker, string reason);

    [LoggerMessage(EventIds.TelemetryDropped, LogLevel.Warning,
        "{Count} measurements, events and spans of worker {Worker} were dropped, because {Reason}. Logged once per burst")]
    public static partial void TelemetryDropped(this ILogger logger, long count, WorkerId worker, string reason);

    [LoggerMessage(EventIds.MeasurementsRefused, LogLevel.Warning,
        "Pool {Pool} drops measurements of instrument {Instrument}: {Reason}. Logged once per instrument and reason")]
    public static partial void MeasurementsRefused(this ILogger logger, string pool, string instrument, string reason);

    [LoggerMessage(EventIds.LauncherStarted, LogLevel.Debug, "The launcher started as process {Pid}")]
    public static partial void LauncherStarted(this ILogger logger, int pid);

    [LoggerMessage(EventIds.LauncherLost, LogLevel.Error, "The launcher (process {Pid}) ended: {Cause}. Its workers end with it")]
    public static partial void LauncherLost(this ILogger logger, int pid, string cause);

    [LoggerMessage(EventIds.LauncherRestarted, LogLevel.Warning, "The launcher restarted as process {Pid}")]
    public static partial void LauncherRestarted(this ILogger logger, int pid);

    [LoggerMessage(EventIds.SessionsLost, LogLevel.Warning,
        "Worker {Worker} (process {Pid}) took {Count} sessions with it: {Reason}. The next call of each fails with SessionLostException")]
    public static partial void SessionsLost(this ILogger logger, WorkerId worker, int pid, int count, SessionLossReason reason);

    [LoggerMessage(EventIds.SessionMoved, LogLevel.Debug, "A session has moved from worker {From} to {To} with its state")]
    public static partial void SessionMoved(this ILogger logger, WorkerId from, WorkerId to);

    [LoggerMessage(EventId = EventIds.SessionKept, Message =
        "Session '{Session}' stays with worker {Worker} (process {Pid}), which is being replaced: {Why}. That worker serves it until the "
            + "session ends, for Recycle.DrainTimeout at the longest")]
    public static partial void SessionKept(
        this ILogger logger, LogLevel level, WorkerId worker, int pid, string session, string why);

    [LoggerMessage(EventIds.SessionDataKept, LogLevel.Warning,
        "The session store of pool {Pool} failed to remove the data of session '{Session}', which has ended")]
    public static partial void SessionDataKept(this ILogger logger, Exception error, string pool, string session);

    [LoggerMessage(EventIds.SessionsNearLimit, LogLevel.Warning,
        "Pool {Pool} has {Count} sessions; calls that would begin one beyond Session.Max ({Limit}) are rejected. "
            + "End sessions, lower Session.Ttl, or raise Session.Max")]
    public static partial void SessionsNearLimit(this ILogger logger, string pool, int count, int limit);

    [LoggerMessage(EventIds.LeftoversKilled, LogLevel.Warning,
        "Killed {Count} processes that an earlier host or launcher left behind when it was killed")]
    public static partial void LeftoversKilled(this ILogger logger, int count);

    [LoggerMessage(EventIds.RunNotNoted, LogLevel.Warning,
        "If this process and its launcher are killed together, no later start can find the processes they leave behind, "
            + "because there is no private folder to register them in. {Problem}")]
    public static partial void RunNotNoted(this ILogger logger, string problem);

    [LoggerMessage(EventIds.InterpreterChosen, LogLevel.Information,
        "Pool {Pool} runs on Python {Version} at {Executable}, found by {Origin}")]
    public static partial void InterpreterChosen(this ILogger logger, string pool, Version version, string executable, string origin);

    [LoggerMessage(EventIds.InterpreterPassedOver, LogLevel.Information, "Pool {Pool} does not run on {Candidate}")]
    public static partial void InterpreterPassedOver(this ILogger logger, string pool, string candidate);

    [LoggerMessage(EventIds.CacheNotUsed, LogLevel.Warning,
        "Python code is loaded from memory, so every worker starts more slowly. "
            + "Set the environment variable SNAKEPIT_CACHE to another folder. {Problem}")]
    public static partial void CacheNotUsed(this ILogger logger, string problem);

    [LoggerMessage(EventIds.EnvironmentStep, LogLevel.Information, "The environment of pool {Pool} is being prepared: {Step}")]
    public static partial void EnvironmentStep(this ILogger logger, string pool, string step);

    [LoggerMessage(EventIds.EnvironmentOutput, LogLevel.Debug, "Preparing the environment of pool {Pool}: {Line}")]
    public static partial void EnvironmentOutput(this ILogger logger, string pool, string line);

    public static void PythonOutput(
        this ILogger logger, WorkerId worker, string line, string? tool = null, OutputShare? share = null)
    {
        var message = new PythonMessage(worker, line, tool, share);
        logger.Log(LogLevel.Debug, new EventId(EventIds.PythonOutput, nameof(PythonOutput)), message, null, PythonMessage.Format);
    }

    public static void PythonLog(
        this ILogger logger, LogLevel level, WorkerId worker, PythonRecord record, SpanIds? span, OutputShare? share)
    {
        var message = new PythonMessage(worker, record, span, share);
        logger.Log(level, new EventId(EventIds.PythonLog, nameof(PythonLog)), message, null, PythonMessage.Format);
    }

    [LoggerMessage(EventIds.ZygoteOutput, LogLevel.Debug, "Zygote of {Pool}: {Line}")]
    public static partial void ZygoteOutput(this ILogger logger, string pool, string line);

    [LoggerMessage(EventIds.ProtocolError, LogLevel.Error, "Worker {Worker} (process {Pid}) broke the protocol and is replaced: {Problem}")]
    public static partial void ProtocolError(this ILogger logger, WorkerId worker, int pid, string problem);

    [LoggerMessage(EventIds.WatcherError, LogLevel.Error, "Watching a worker failed; other workers are not affected")]
    public static partial void WatcherError(this ILogger logger, Exception error);

    [LoggerMessage(EventIds.NoSharedPage, LogLevel.Warning,
        "Workers run without a page shared with this process, which makes many small calls slower. {Problem} Logged once")]
    public static partial void NoSharedPage(this ILogger logger, string problem);

    [LoggerMessage(EventIds.MemoryIsCoarse, LogLevel.Warning,
        "Workers' memory is judged by resident memory without file pages, because this system has no /proc/PID/smaps_rollup. Logged once")]
    public static partial void MemoryIsCoarse(this ILogger logger);

    [LoggerMessage(EventIds.SamplingError, LogLevel.Error,
        "A reading of a worker's memory could not be processed; other workers are not affected")]
    public static partial void SamplingError(this ILogger logger, Exception error);
    [LoggerMessage(EventIds.ZygoteRefused, LogLevel.Warning,
        "Workers of pool {Pool} are spawned and do their own imports instead of being forked from a zygote: {Reason}")]
    public static partial void ZygoteRefused(this ILogger logger, string pool, string reason);

    [LoggerMessage(EventIds.ZygoteReady, LogLevel.Debug,
        "The zygote of pool {Pool} (process {Pid}) is ready after {Elapsed}; it has imported {Modules}")]
    public static partial void ZygoteReady(this ILogger logger, string pool, int pid, ShownDuration elapsed, string modules);

    [LoggerMessage(EventIds.ZygoteLost, LogLevel.Warning,
        "The zygote of pool {Pool} (process {Pid}) ended: {Cause}. Its workers continue; "
            + "the next zygote starts in {RetryIn} at the earliest. The last output: {LastOutput}")]
    public static partial void ZygoteLost(
        this ILogger logger, string pool, int pid, string cause, ShownDuration retryIn, string lastOutput);

    [LoggerMessage(EventIds.ZygoteLate, LogLevel.Warning,
        "Pool {Pool}: the zygote is not ready after {Patience} (half of Boot.Timeout), so workers start without it for now. "
            + "If an import in Start.Preload hangs, remove it; if it only takes long, raise Boot.Timeout")]
    public static partial void ZygoteLate(this ILogger logger, string pool, ShownDuration patience);

    [LoggerMessage(EventIds.ZygoteOutdated, LogLevel.Information,
        "The zygote of pool {Pool} (process {Pid}) is replaced before another worker is forked: "
            + "{File} has changed since it was imported. Running workers keep the old code")]
    public static partial void ZygoteOutdated(this ILogger logger, string pool, int pid, string file);
}
