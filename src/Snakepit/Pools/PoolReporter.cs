using Microsoft.Extensions.Logging;
using Snakepit.Pools.Kernel;
using Snakepit.Resilience;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>Tells what happened in a pool, after the fact: to watchers, to the log, to the meter. Decides nothing. Only what callers tell of their own calls
/// runs user code; the rest waits in queues, and may be told on any thread.</summary>
internal sealed class PoolReporter(string pool, TimeProvider time, ILogger logger, ILogger python, SnakepitMetrics metrics, LifecycleBroadcaster everyone)
    : ICallPipelineEvents, IDisposable
{
    private readonly LifecycleBroadcaster _watchers = new();
    private PoolMetrics? _metrics;

    public IAsyncEnumerable<LifecycleEvent> Watch(CancellationToken cancellationToken) => _watchers.WatchAsync(cancellationToken);

    /// <summary>Begins to report gauges.</summary>
    public void Attach(Func<PoolGauges> gauges) => _metrics = metrics.AddPool(pool, gauges);

    public void Dispose()
    {
        _metrics?.Dispose();
        _watchers.Complete();
    }

    public void Rejected(Outcome why)
    {
        _metrics?.CallRejected(ToReason(why));
        _metrics?.CallEnded(ToCounted(why, default), TimeSpan.Zero);
    }

    /// <summary>The circuit is open: the call never came to the kernel.</summary>
    public void Refused()
    {
        _metrics?.CallRejected(RejectionReason.CircuitOpen);
        _metrics?.CallEnded(CallOutcome.Rejected, TimeSpan.Zero);
    }

    public void OnRetry() => _metrics?.CallRetried();

    public void OnCircuitOpened(TimeSpan duration, Exception? failure)
    {
        logger.CircuitOpened(failure, pool, duration);
        _metrics?.CircuitOpened();
    }

    public void OnCircuitClosed() => logger.CircuitClosed(pool);

    /// <summary>A defect met the call while it was submitted.</summary>
    public void LostAtOnce() => _metrics?.CallEnded(CallOutcome.WorkerLost, TimeSpan.Zero);

    /// <summary>A call that was let in is over. Its caller tells it: listeners of the meter are user code, and may hold up him alone.</summary>
    public void Ended(UnaryCall call, CallOutcome counted)
    {
        Outcome outcome = call.End.Outcome;
        if (outcome is Outcome.QueueTimeout or Outcome.TooLate or Outcome.DeadlineInQueue or Outcome.Quarantined)
        {
            _metrics?.CallRejected(ToReason(outcome));
        }
        if (call.DequeuedAt != 0)
        {
            _metrics?.CallLeftQueue(time.GetElapsedTime(call.Request.SubmittedAt, call.DequeuedAt));
        }
        _metrics?.CallEnded(counted, time.GetElapsedTime(call.Request.SubmittedAt, call.EndedAt));
    }

    public void Started(int ready, int size, TimeSpan took) => logger.PoolStarted(pool, ready, size, took);

    public void Unstartable(SnakepitException reason) => logger.PoolUnstartable(reason, pool);

    public void CannotStart(SnakepitException missing, TimeSpan retryIn, TimeSpan mostRarely) => logger.PoolLacksSomething(missing, pool, retryIn, mostRarely);

    public void Stopped(TimeSpan took) => logger.PoolStopped(pool, took);

    public void Started(PoolWorker worker)
    {
        logger.WorkerLaunched(worker.Id, worker.Pid);
        Publish(worker, static (worker, at) => new WorkerStartedEvent { Pool = worker.Id.Pool, At = at, Worker = worker.Id, Pid = worker.Pid });
    }

    public void Ready(PoolWorker worker, TimeSpan took)
    {
        logger.WorkerReady(worker.Id, worker.Pid, took);
        _metrics?.WorkerReady(took);
        Publish((worker.Id, worker.Pid, took), static (x, at) => new WorkerReadyEvent { Pool = x.Id.Pool, At = at, Worker = x.Id, Pid = x.Pid, StartDuration = x.took });
    }

    public void Draining(PoolWorker worker, RecycleReason reason, int running)
    {
        logger.WorkerDraining(worker.Id, worker.Pid, reason, running);
        Publish(
            (worker.Id, worker.Pid, reason, running),
            static (x, at) => new WorkerDrainingEvent { Pool = x.Id.Pool, At = at, Worker = x.Id, Pid = x.Pid, Reason = x.reason, Running = x.running });
    }

    public void Recycled(PoolWorker worker, RecycleReason reason, WorkerId? replacement, int failedCalls)
    {
        TimeSpan uptime = worker.Death?.Uptime ?? TimeSpan.Zero;
        long requests = worker.Death?.Requests ?? 0;
        string? detail = reason switch
        {
            RecycleReason.Custom => worker.PolicyDetail,
            RecycleReason.HealthCheckFailed => worker.CheckDetail ?? worker.KilledBecause,
            _ => worker.KilledBecause ?? worker.EndProblem,
        };
        if (worker is { KilledBecause: null, EndProblem: { } problem })
        {
            logger.WorkerEndFailed(worker.Id, worker.Pid, problem); // that it was killed has been told
        }
        logger.WorkerRecycled(worker.Id, worker.Pid, reason, uptime, requests, failedCalls, string.IsNullOrEmpty(detail) ? "" : $" ({detail})");
        _metrics?.WorkerRecycled(reason);
        _metrics?.WorkerEnded(uptime, requests);
        Publish(
            (worker, reason, uptime, requests, replacement, failedCalls, detail),
            static (x, at) => new WorkerRecycledEvent
            {
                Pool = x.worker.Id.Pool,
                At = at,
                Worker = x.worker.Id,
                Pid = x.worker.Pid,
                Reason = x.reason,
                Uptime = x.uptime,
                Requests = x.requests,
                MemoryAtEnd = x.worker.Death?.Memory,
                Replacement = x.replacement,
                Overlap = x.worker.Overlap,
                FailedCalls = x.failedCalls,
                Detail = x.detail,
            });
    }

    public void HealthCheckFailed(PoolWorker worker, HealthFailureReason reason, string detail)
    {
        logger.HealthCheckFailed(worker.Id, worker.Pid, TelemetryNames.Of(reason), detail);
        _metrics?.HealthCheckFailed();
        Publish(
            (worker.Id, worker.Pid, reason, detail),
            static (x, at) => new HealthCheckFailedEvent { Pool = x.Id.Pool, At = at, Worker = x.Id, Pid = x.Pid, Reason = x.reason, Detail = x.detail });
    }

    public void Unresponsive(PoolWorker worker, TimeSpan silent) => logger.WorkerUnresponsive(worker.Id, worker.Pid, silent);

    public void FreshOverLimit(PoolWorker worker, MemorySize footprint, MemorySize limit) => logger.FreshOverLimit(worker.Id, worker.Pid, footprint, limit);

    public void MemoryIsShort(MemorySize free, MemorySize footprint) => logger.MemoryIsShort(pool, free, footprint);

    public void PolicyBlocks(Type policy, TimeSpan duration) => logger.PolicyBlocks(pool, policy, duration);

    public void PolicyFailed(Exception error, Type policy) => logger.PolicyFailed(error, pool, policy);

    public void CheckToolMissing(string tool, string adapter) => logger.CheckToolMissing(pool, tool, adapter);

    public void CodeChanged() => logger.CodeChanged(pool);

    public void Braked(RecycleReason reason, int times) => logger.ReplacementsHeldBack(pool, reason, times);

    public void Quarantined(string tool, ulong input, DeathReport? last, TimeSpan time)
    {
        logger.InputQuarantined(pool, tool, last?.Description ?? "its process could not be ended", time);
        _metrics?.InputQuarantined();
        Publish((pool, tool, input, last), static (x, at) => new InputQuarantinedEvent { Pool = x.pool, At = at, Tool = x.tool, Hash = x.input, LastDeath = x.last });
    }

    public void Tainted(WorkerId worker, int pid, string? device, TaintReason reason, TimeSpan duration)
    {
        logger.WorkerTainted(worker, device is null ? "" : $" (device {device})", duration, reason);
        _metrics?.WorkerTainted(reason);
        Publish(
            (worker, pid, device, reason, duration),
            static (x, at) => new WorkerTaintedEvent
            {
                Pool = x.worker.Pool, At = at, Worker = x.worker, Pid = x.pid, Device = x.device, Reason = x.reason, Duration = x.duration,
            });
    }

    public void CodeRejected() => logger.CodeRejected(pool);

    public void CodeNotWatched(string problem) => logger.CodeNotWatched(pool, problem);

    public void CapacityReached() => _metrics?.CapacityReached();

    public void Crashed(DeathReport death)
    {
        _metrics?.WorkerCrashed();
        _metrics?.WorkerRecycled(RecycleReason.WorkerDied);
        _metrics?.WorkerEnded(death.Uptime, death.Requests);
        Died(death);
    }

    /// <summary>Tells of a death, and counts nothing: a failed start is counted as such.</summary>
    public void Died(DeathReport death)
    {
        logger.WorkerCrashed(death.Worker, death.Pid, death.Description, death.Where(), death.Uptime, death.Requests, death.Stacks ?? "none", Shown.Lines(death.LastOutput));
        Publish(death, static (death, at) => new WorkerCrashedEvent { Pool = death.Worker.Pool, At = at, Worker = death.Worker, Pid = death.Pid, Report = death });
    }

    public void StartFailed(PoolWorker worker, AdapterLoadException failure, TimeSpan retryIn)
    {
        logger.WorkerStartFailed(failure, worker.Id, retryIn);
        _metrics?.WorkerStartFailed();
        Publish(
            (worker.Id, worker.Pid, failure, retryIn),
            static (x, at) => new StartFailedEvent { Pool = x.Id.Pool, At = at, Worker = x.Id, Pid = x.Pid, Failure = x.failure, RetryIn = x.retryIn });
    }

    public void Failed(Defect defect)
    {
        logger.PoolDefect(defect.Error, pool, defect.Calls, defect.Workers, defect.IsFinal ? "takes no calls until the host restarts" : "starts again");
        if (defect.Trace is { } trace)
        {
            logger.PoolTrace(pool, trace);
        }
    }

    public void NotKilled(PoolWorker worker, Exception error) => logger.WorkerNotKilled(error, worker.Id, worker.Pid);

    public void ReplacementOverdue(PoolWorker worker, RecycleReason reason, SnakepitException? failure)
    {
        logger.ReplacementOverdue(failure, worker.Id, worker.Pid, reason);
        Publish(
            (worker.Id, worker.Pid, reason, failure),
            static (x, at) => new ReplacementOverdueEvent { Pool = x.Id.Pool, At = at, Worker = x.Id, Pid = x.Pid, Reason = x.reason, Failure = x.failure });
    }

    public void Killed(PoolWorker worker, string why) => logger.WorkerKilled(worker.Id, worker.Pid, why);

    public void Unkillable(PoolWorker worker, TimeSpan waited) => logger.WorkerUnkillable(worker.Id, worker.Pid, waited);

    public void ProtocolError(PoolWorker worker, string problem) => logger.ProtocolError(worker.Id, worker.Pid, problem);

    public void WorkerOutput(PoolWorker worker, string line) => python.PythonOutput(worker.Id, line);

    public void WorkerLog(PoolWorker worker, string level, string text) => python.PythonLog(
        level switch
        {
            "debug" => LogLevel.Debug,
            "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            "critical" => LogLevel.Critical,
            _ => LogLevel.Information,
        },
        worker.Id,
        text);

    public void Saturated(int queueLength, int limit)
    {
        logger.PoolSaturated(pool, queueLength, limit);
        _metrics?.PoolSaturated();
        Publish((pool, queueLength, limit), static (x, at) => new PoolSaturatedEvent { Pool = x.pool, At = at, QueueLength = x.queueLength, Limit = x.limit });
    }

    public void StateChanged(PoolState from, PoolState to)
    {
        logger.PoolStateChanged(pool, from, to);
        Publish((pool, from, to), static (x, at) => new PoolStateChangedEvent { Pool = x.pool, At = at, From = x.from, To = x.to });
    }

    private void Publish<T>(T what, Func<T, DateTimeOffset, LifecycleEvent> create)
    {
        if (_watchers.HasWatchers || everyone.HasWatchers)
        {
            LifecycleEvent happened = create(what, time.GetUtcNow());
            _watchers.Publish(happened);
            everyone.Publish(happened);
        }
    }

    public static CallOutcome ToCounted(Outcome outcome, ReplyKind kind) => outcome switch
    {
        Outcome.Replied => kind == ReplyKind.Result ? CallOutcome.Succeeded : CallOutcome.ToolError,
        Outcome.QueueFull or Outcome.KeyQueueFull or Outcome.TooLate or Outcome.QueueTimeout => CallOutcome.Rejected,
        Outcome.DeadlineInQueue or Outcome.DeadlineRunning => CallOutcome.TimedOut,
        Outcome.Cancelled => CallOutcome.Cancelled,
        Outcome.WorkerLostMayHaveRun or Outcome.WorkerLostNotStarted => CallOutcome.WorkerLost,
        Outcome.PoolFailing => CallOutcome.PoolFailing,
        Outcome.Quarantined => CallOutcome.Rejected,
        _ => CallOutcome.PoolStopped,
    };

    private static RejectionReason ToReason(Outcome outcome) => outcome switch
    {
        Outcome.QueueFull => RejectionReason.QueueFull,
        Outcome.KeyQueueFull => RejectionReason.KeyQueueFull,
        Outcome.TooLate => RejectionReason.TooLate,
        Outcome.QueueTimeout => RejectionReason.QueueTimeout,
        Outcome.DeadlineInQueue => RejectionReason.Deadline,
        Outcome.PoolFailing => RejectionReason.Failing,
        Outcome.Quarantined => RejectionReason.Quarantined,
        _ => RejectionReason.Stopping,
    };
}
