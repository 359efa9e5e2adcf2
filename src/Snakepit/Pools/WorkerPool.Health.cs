using Snakepit.Frames;
using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <content>Checks of idle workers, and signs of life that are overdue.</content>
internal sealed partial class WorkerPool
{
    private bool _checkToolMissing; // was told

    internal void OnPong(PoolWorker worker)
    {
        worker.Silence = null;
        Signal(worker, SignalKind.Pong);
    }

    private bool HasCheckTool(string check)
    {
        bool hasIt = Tools.Any(tool => tool.Name == check);
        if (!hasIt && !Interlocked.Exchange(ref _checkToolMissing, true))
        {
            _reporter.CheckToolMissing(check, _options.Adapter);
        }
        return hasIt;
    }

    /// <summary>Runs the check as a call on that worker. Its failure is news for the kernel, which decides what comes of it.</summary>
    private async Task CheckHealthAsync(PoolWorker worker)
    {
        string tool = _options.Health.CheckTool ?? WorkerAbilities.HealthCheckTool;
        try
        {
            if (SubmitCheck(worker, tool) is not { } call)
            {
                return; // it has something to do: it will be asked again
            }
            await call.Completion.ConfigureAwait(false);
            using var reset = new Reset(call);
            if (call.End.Outcome is Outcome.WorkerLostMayHaveRun or Outcome.WorkerLostNotStarted or Outcome.PoolStopping or Outcome.Cancelled)
            {
                return; // its end is told otherwise
            }
            if (call.End is not { Outcome: Outcome.Replied, Kind: ReplyKind.Result })
            {
                throw CreateException(call, call.End);
            }
            if (_codecs.Of(call.ReplyFormat).Read<object?>(call.Reply) is not false)
            {
                Signal(new WorkerSignal(SignalKind.LimitCleared, worker.Key, Reason: Reason.HealthCheckFailed));
                return;
            }
            FailCheck(worker, _options.Health.CheckTool is null ? "health_check() returned false" : $"'{tool}' returned false");
        }
        catch (Exception e)
        {
            FailCheck(worker, Shown.Message(e).Replace(WorkerAbilities.HealthCheckTool, "health_check()", StringComparison.Ordinal));
        }
    }

    private readonly struct Reset(UnaryCall call) : IDisposable
    {
        public void Dispose() => call.TryReset();
    }

    private void FailCheck(PoolWorker worker, string detail)
    {
        worker.CheckDetail = detail;
        _reporter.HealthCheckFailed(worker, HealthFailureReason.CheckFailed, detail);
        OnLimit(worker, Reason.HealthCheckFailed);
    }

    private UnaryCall? SubmitCheck(PoolWorker worker, string tool)
    {
        var call = new UnaryCall();
        TimeSpan timeout = _options.Health.LivenessTimeout;
        WriteBody(call, tool);
        long now = _time.GetTimestamp();
        call.Begin(new CallRequest(tool, timeout, now, DeadlineAfter(now, timeout), CancellationToken.None, IsCheck: true));
        Step((worker, call, now), static (pool, in check, batch) =>
        {
            var spec = new CallSpec(check.call.Request.Deadline, Idempotent: false, Bytes: check.call.Body.Frame.Length);
            var step = new KernelStep(StepKind.SubmitCheck, check.now) { Worker = check.worker.Key, Spec = spec };
            Admission admission = pool._trace.Apply(step, batch.Effects).Admission;
            if (admission.Accepted)
            {
                pool.Register_NeedsLock(check.call, admission.Call, queued: false);
            }
            return 0;
        });
        return call.Key.IsNone ? null : call;
    }

    private void WriteBody(UnaryCall call, string tool)
    {
        BodyFormat format = _format;
        call.Body.Format = format;
        _codecs.Of(format).WriteCall(call.Body, tool, default);
    }

    private void OnUnresponsive(PoolWorker worker)
    {
        worker.Silence = new Silence(_time.GetTimestamp(), ProcessActivity.Read(worker.Pid));
        _reporter.Unresponsive(worker, _options.Health.LivenessTimeout);
    }

    private Unresponsiveness? DescribeSilence(PoolWorker worker, long now)
    {
        if (worker.Silence is not { } silence || ProcessActivity.Read(worker.Pid) is not { } present)
        {
            return null;
        }
        TimeSpan elapsed = Elapsed(silence.Since, now);
        ProcessActivity before = silence.Activity ?? present;
        return new Unresponsiveness
        {
            Elapsed = elapsed + _options.Health.LivenessTimeout,
            ProcessState = present.State,
            CpuTime = present.CpuTime - before.CpuTime,
            RunDelay = present.RunDelay - before.RunDelay,
            Verdict = present.Judge(before, elapsed),
        };
    }
}
