using Microsoft.Extensions.Logging;
using Snakepit.Pools.Kernel;
using Snakepit.Resilience;
using Snakepit.Streams;
using Snakepit.Telemetry;

namespace Snakepit.Pools;

/// <summary>
/// Reports what has happened in a pool to watchers, the log and the meter. It decides nothing. Only reports about a caller's own call run
/// user code on the caller's thread; other reports wait in queues and may be made on any thread.
/// </summary>
internal sealed class PoolReporter(
    string pool, TimeProvider time, ILogger logger, ILogger python, SnakepitMetrics metrics, LifecycleBroadcaster everyone)
    : ICallPipelineEvents, IDisposable
{
    private readonly LifecycleBroadcaster _watchers = new();
    private readonly PythonTelemetry _signals = new(pool, metrics, logger);
    private readonly LifecycleSpans _spans = new(pool, time, metrics.Later);
    private PoolMetrics? _metrics;

    /// <summary>How long the calls took.</summary>
    public CallDurations Durations { get; } = new(time);

    public IAsyncEnumerable<LifecycleEvent> Watch(CancellationToken cancellationToken) => _watchers.WatchAsync(cancellationToken);

    /// <summary>Begins to report gauges and counters.</summary>
    public void Attach(Func<PoolGauges> gauges) => (_metrics = metrics.AddPool(pool, gauges)).BeginAtZero();

    public void Dispose()
    {
        _metrics?.Dispose();
        _watchers.Complete();
    }

    public void Rejected(Outcome why)
    {
        _metrics?.CallRejected(KernelWords.ToRejection(why));
        _metrics?.CallEnded(KernelWords.ToPublic(why, default), TimeSpan.Zero);
    }

    /// <summary>The circuit is open: the call never reached the kernel.</summary>
    public void Refused()
    {
        _metrics?.CallRejected(RejectionReason.CircuitOpen);
        _metrics?.CallEnded(CallOutcome.Rejected, TimeSpan.Zero);
    }

    /// <summary>The arguments do not fit the tool: the call never reached the kernel.</summary>
    public void Misfit() => _metrics?.CallEnded(CallOutcome.ToolError, TimeSpan.Zero);

    public void OnRetry() => _metrics?.CallRetried();

    public void OnCircuitOpened(TimeSpan duration, Exception? failure)
    {
        logger.CircuitOpened(failure, pool, duration);
        _metrics?.CircuitOpened();
    }

    public void OnCircuitClosed() => logger.CircuitClosed(pool);

    /// <summary>A defect occurred while the call was submitted.</summary>
    public void LostAtOnce() => _metrics?.CallEnded(CallOutcome.WorkerLost, TimeSpan.Zero);

    /// <summary>
    /// Reports the end of an admitted call, on its caller's thread: listeners of the meter are user code, and may delay only that caller.
    /// </summary>
    public void Ended(UnaryCall call, CallOutcome counted)
    {
        Outcome outcome = call.End.Outcome;
        if (outcome is Outcome.QueueTimeout or Outcome.TooLate or Outcome.DeadlineInQueue or Outcome.Quarantined)
        {
            _metrics?.CallRejected(KernelWords.ToRejection(outcome));
        }
        if (call.DequeuedAt != 0)
        {
            _metrics?.CallLeftQueue(time.GetElapsedTime(call.Request.SubmittedAt, call.DequeuedAt));
            _spans.EndedWait(call);
        }
        TimeSpan duration = time.GetElapsedTime(call.Request.SubmittedAt, call.EndedAt);
        Durations.Add(call.Tool, duration, counted != CallOutcome.Succeeded, call.EndedAt);
        _metrics?.CallEnded(counted, duration);
    }

    /// <summary>A call has got a worker for which it had to wait. Runs no user code, so it may be called under the pool's lock.</summary>
    public void Dequeued(UnaryCall call) => _spans.Dequeued(call);

    /// <summary>Reports the end of a stream, on its caller's thread.</summary>
    public void StreamEnded(UnaryCall call, CallOutcome counted, in StreamCounts counts, TimeSpan? blocked)
    {
        Ended(call, counted);
        long began = call.Request.SubmittedAt;
        TimeSpan? toFirst = counts.FirstItemAt == 0 ? null : time.GetElapsedTime(began, counts.FirstItemAt);
        _metrics?.StreamEnded(counts.Items, counts.Bytes, time.GetElapsedTime(began, call.EndedAt), toFirst, blocked);
    }

    public void Started(int ready, int size, TimeSpan took) => logger.PoolStarted(pool, ready, size, took);

    public void Unstartable(SnakepitException reason) => logger.PoolUnstartable(reason, pool);

    public void CannotStart(SnakepitException missing, TimeSpan retryIn, TimeSpan mostRarely) =>
        logger.PoolLacksSomething(missing, pool, retryIn, mostRarely);

    public void Stopped(TimeSpan took) => logger.PoolStopped(pool, took);

    public void Started(PoolWorker worker)
    {
        logger.WorkerLaunched(worker.Id, worker.Pid);
        _spans.Started(worker.Id.Slot);
        Publish(at => new WorkerStartedEvent { Pool = pool, At = at, Worker = worker.Id, Pid = worker.Pid });
    }

    public void Ready(PoolWorker worker, TimeSpan took)
    {
        logger.WorkerReady(worker.Id, worker.Pid, took);
        _metrics?.WorkerReady(took);
        _spans.Ready(worker.Id.Slot, took);
        Publish(at => new WorkerReadyEvent { Pool = pool, At = at, Worker = worker.Id, Pid = worker.Pid, StartDuration = took });
    }

    public void Draining(PoolWorker worker, RecycleReason reason, int running)
    {
        logger.WorkerDraining(worker.Id, worker.Pid, reason, running);
        _spans.Draining(worker.Id.Slot);
        Publish(at => new WorkerDrainingEvent
        {
            Pool = pool, At = at, Worker = worker.Id, Pid = worker.Pid, Reason = reason, Running = running,
        });
    }

    public void Recycled(PoolWorker worker, RecycleReason reason, WorkerId? replacement, int failedCalls)
    {
        TimeSpan uptime = worker.End.Death?.Uptime ?? TimeSpan.Zero;
        long requests = worker.End.Death?.Requests ?? 0;
        string? detail = reason switch
        {
            RecycleReason.Custom => worker.Policies.Detail,
            RecycleReason.HealthCheckFailed => worker.CheckDetail ?? worker.End.KilledBecause,
            _ => worker.End.KilledBecause ?? worker.End.Problem,
        };
        if (worker.End is { KilledBecause: null, Problem: { } problem })
        {
            logger.WorkerEndFailed(worker.Id, worker.Pid, problem); // its kill has been reported
        }
        string told = string.IsNullOrEmpty(detail) ? "" : $" ({detail})";
        logger.WorkerRecycled(worker.Id, worker.Pid, reason, uptime, requests, failedCalls, told);
        _metrics?.WorkerRecycled(reason);
        _metrics?.WorkerEnded(uptime, requests);
        _spans.Ended(worker.Id.Slot, reason, hasReplacement: replacement is not null);
        Publish(at => new WorkerRecycledEvent
        {
            Pool = pool,
            At = at,
            Worker = worker.Id,
            Pid = worker.Pid,
            Reason = reason,
            Uptime = uptime,
            Requests = requests,
            MemoryAtEnd = worker.End.Death?.Memory,
            Replacement = replacement,
            Overlap = worker.End.Overlap,
            FailedCalls = failedCalls,
            Detail = detail,
        });
    }

    public void HealthCheckFailed(PoolWorker worker, HealthFailureReason reason, string detail)
    {
        logger.HealthCheckFailed(worker.Id, worker.Pid, TelemetryNames.Of(reason), detail);
        _metrics?.HealthCheckFailed();
        Publish(at => new HealthCheckFailedEvent
        {
            Pool = pool, At = at, Worker = worker.Id, Pid = worker.Pid, Reason = reason, Detail = detail,
        });
    }

    public void Unresponsive(PoolWorker worker, TimeSpan silent) => logger.WorkerUnresponsive(worker.Id, worker.Pid, silent);

    public void FreshOverLimit(PoolWorker worker, MemorySize footprint, MemorySize limit) =>
        logger.FreshOverLimit(worker.Id, worker.Pid, footprint, limit);

    public void BudgetIsTight(in BudgetNews news) => logger.BudgetIsTight(pool, news.Budget, news.Reserved, news.Expected);

    public void BudgetIsShort(in BudgetNews news) =>
        logger.BudgetIsShort(pool, news.Budget, news.Reserved, news.Expected, news.Allowance.Workers, news.Wanted);

    public void BudgetBelowOneWorker(in BudgetNews news) => logger.BudgetBelowOneWorker(pool, news.Expected, news.Budget);

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
        Publish(at => new InputQuarantinedEvent { Pool = pool, At = at, Tool = tool, Hash = input, LastDeath = last });
    }

    public void Tainted(WorkerId worker, int pid, string? device, TaintReason reason, TimeSpan duration)
    {
        logger.WorkerTainted(worker, device is null ? "" : $" (device {device})", duration, reason);
        _metrics?.WorkerTainted(reason);
        Publish(at => new WorkerTaintedEvent
        {
            Pool = pool, At = at, Worker = worker, Pid = pid, Device = device, Reason = reason, Duration = duration,
        });
    }

    public void SessionStarted() => _metrics?.SessionStarted();

    public void SessionEnded(bool isExpired) => _metrics?.SessionEnded(isExpired);

    public void SessionsLost(PoolWorker worker, SessionLossReason reason, int count)
    {
        logger.SessionsLost(worker.Id, worker.Pid, count, reason);
        _metrics?.SessionsLost(reason, count);
    }

    public void SessionMoved(WorkerId from, WorkerId to)
    {
        logger.SessionMoved(from, to);
        _metrics?.SessionMoved();
    }

    /// <param name="worker">The worker that keeps the session.</param>
    /// <param name="session">The session's id.</param>
    /// <param name="why">The reason.</param>
    /// <param name="isFirst">Whether it is the first one of that worker; the others are likely to have the same reason.</param>
    public void SessionKept(PoolWorker worker, string session, string why, bool isFirst)
    {
        logger.SessionKept(isFirst ? LogLevel.Warning : LogLevel.Debug, worker.Id, worker.Pid, session, why);
        _metrics?.SessionKept();
    }

    /// <summary>The store has failed to remove the data of a session that has ended.</summary>
    public void SessionDataKept(string session, Exception error) => logger.SessionDataKept(error, pool, session);

    public void SessionsNearLimit(int count, int limit) => logger.SessionsNearLimit(pool, count, limit);

    public void CodeRejected() => logger.CodeRejected(pool);

    public void Reconfigured(IReadOnlyList<OptionChange> changes) =>
        Publish(at => new PoolReconfiguredEvent { Pool = pool, At = at, Changes = changes });

    public void NotReconfigured(SnakepitException failure)
    {
        logger.SettingsKept(failure, pool);
        Publish(at => new ReconfigurationFailedEvent { Pool = pool, At = at, Failure = failure });
    }

    public void CodeNotWatched(string problem) => logger.CodeNotWatched(pool, problem);

    public void CapacityReached() => _metrics?.CapacityReached();

    public void Crashed(DeathReport death)
    {
        _metrics?.WorkerCrashed();
        _metrics?.WorkerRecycled(RecycleReason.WorkerDied);
        _metrics?.WorkerEnded(death.Uptime, death.Requests);
        _spans.Ended(death.Worker.Slot, RecycleReason.WorkerDied, hasReplacement: false);
        Died(death);
    }

    /// <summary>Reports a death without counting it: a failed start is counted as such.</summary>
    public void Died(DeathReport death)
    {
        string output = Shown.Lines(death.LastOutput);
        logger.WorkerCrashed(
            death.Worker, death.Pid, death.Description, death.Where(), death.Uptime, death.Requests, death.Stacks ?? "none", output);
        Publish(at => new WorkerCrashedEvent { Pool = pool, At = at, Worker = death.Worker, Pid = death.Pid, Report = death });
    }

    public void StartFailed(PoolWorker worker, AdapterLoadException failure, TimeSpan retryIn)
    {
        logger.WorkerStartFailed(failure, worker.Id, retryIn);
        _metrics?.WorkerStartFailed();
        _spans.StartFailed(worker.Id.Slot, time.GetUtcNow() - worker.StartedAt, failure);
        Publish(at => new StartFailedEvent
        {
            Pool = pool, At = at, Worker = worker.Id, Pid = worker.Pid, Failure = failure, RetryIn = retryIn,
        });
    }

    public void Failed(Defect defect)
    {
        logger.PoolDefect(
            defect.Error, pool, defect.Calls, defect.Workers, defect.IsFinal ? "takes no calls until the host restarts" : "starts again");
        if (defect.Trace is { } trace)
        {
            logger.PoolTrace(pool, trace);
        }
    }

    public void NotKilled(PoolWorker worker, Exception error) => logger.WorkerNotKilled(error, worker.Id, worker.Pid);

    public void ReplacementOverdue(PoolWorker worker, RecycleReason reason, SnakepitException? failure)
    {
        logger.ReplacementOverdue(failure, worker.Id, worker.Pid, reason);
        Publish(at => new ReplacementOverdueEvent
        {
            Pool = pool, At = at, Worker = worker.Id, Pid = worker.Pid, Reason = reason, Failure = failure,
        });
    }

    public void Killed(PoolWorker worker, string why) => logger.WorkerKilled(worker.Id, worker.Pid, why);

    public void Unkillable(PoolWorker worker, TimeSpan waited) => logger.WorkerUnkillable(worker.Id, worker.Pid, waited);

    public void ProtocolError(PoolWorker worker, string problem) => logger.ProtocolError(worker.Id, worker.Pid, problem);

    public void WorkerOutput(PoolWorker worker, string line, string? tool) =>
        python.PythonOutput(worker.Id, line, tool, worker.Output.Share);

    public void WorkerLog(PoolWorker worker, PythonRecord record)
    {
        if (record.Dropped > 0)
        {
            logger.OutputDropped(record.Dropped, worker.Id, "they came faster than this process reads them");
        }
        if (!record.IsEmpty)
        {
            python.PythonLog(
                record.Level switch
                {
                    "debug" => LogLevel.Debug,
                    "warning" => LogLevel.Warning,
                    "error" => LogLevel.Error,
                    "critical" => LogLevel.Critical,
                    _ => LogLevel.Information,
                },
                worker.Id,
                record,
                worker.Output.Spans.Find(new CallKey(record.Call)),
                worker.Output.Share);
        }
    }

    /// <summary>Returns what counts the output of a new worker.</summary>
    public OutputShare CreateShare(WorkerId worker) => new(count => logger.OutputDropped(count, worker, "the log provider was too slow"));

    /// <summary>Reports what Python code has told with <c>ctx.telemetry</c>.</summary>
    public void WorkerTelemetry(PoolWorker worker, PythonSignal signal, int maxSeries)
    {
        if (signal.Dropped > 0)
        {
            logger.TelemetryDropped(signal.Dropped, worker.Id, "they came faster than this process reads them");
            _signals.Drop(PythonDropReason.ChannelFull, signal.Dropped);
        }
        _signals.Take(
            signal, worker.Output.Signals, worker.Output.Spans.Find(new CallKey(signal.Call))?.Context ?? default, maxSeries);
        if (signal.Kind == PythonSignalKind.Event)
        {
            Publish(_ => new PythonEvent
            {
                Pool = pool,
                At = signal.Begin,
                Worker = worker.Id,
                Pid = worker.Pid,
                Name = signal.Name,
                Attributes = signal.Tags.ToDictionary(static tag => tag.Key, static tag => tag.Value),
            });
        }
    }

    /// <summary>Returns what counts the measurements, events and spans of a new worker.</summary>
    public OutputShare CreateSignalShare(WorkerId worker) => new(count =>
    {
        logger.TelemetryDropped(count, worker, "a listener of the meter or of spans was too slow");
        _signals.Drop(PythonDropReason.QueueFull, count);
    });

    public void Saturated(int queueLength, int limit)
    {
        logger.PoolSaturated(pool, queueLength, limit);
        _metrics?.PoolSaturated();
        Publish(at => new PoolSaturatedEvent { Pool = pool, At = at, QueueLength = queueLength, Limit = limit });
    }

    public void Scaled(int from, int to, ScaleReason reason)
    {
        logger.PoolScaled(pool, from, to, reason);
        _metrics?.PoolScaled(reason);
        Publish(at => new PoolScaledEvent { Pool = pool, At = at, From = from, To = to, Reason = reason });
    }

    public void StateChanged(PoolState from, PoolState to)
    {
        logger.PoolStateChanged(pool, from, to);
        Publish(at => new PoolStateChangedEvent { Pool = pool, At = at, From = from, To = to });
    }

    private void Publish(Func<DateTimeOffset, LifecycleEvent> create)
    {
        if (_watchers.HasWatchers || everyone.HasWatchers)
        {
            LifecycleEvent happened = create(time.GetUtcNow());
            _watchers.Publish(happened);
            everyone.Publish(happened);
        }
    }
}
