using Snakepit.Pools.Kernel;
using Snakepit.Processes;
using Snakepit.Workers;

namespace Snakepit.Pools;

/// <summary>Runs health checks of idle workers, and handles overdue pongs.</summary>
internal sealed class HealthChecks(
    PoolContext pool, OwnCalls calls, ToolCatalog catalog, CallErrors errors, FactsReader facts, LimitSignals limits)
{
    private bool _isMissingTold;

    /// <summary>Returns whether the worker's health can be checked.</summary>
    public bool CanCheck(WorkerAbilities abilities)
    {
        if (pool.Options.Health.CheckTool is not { } tool)
        {
            return abilities.HasHealthCheck;
        }
        bool hasIt = catalog.Has(tool);
        if (!hasIt && !Interlocked.Exchange(ref _isMissingTold, true))
        {
            pool.Reporter.CheckToolMissing(tool, pool.Options.Adapter);
        }
        return hasIt;
    }

    /// <summary>
    /// Runs the check as a call on that worker. Its failure becomes a signal to the kernel, which decides what follows. Never throws.
    /// </summary>
    public async Task CheckAsync(PoolWorker worker)
    {
        string tool = pool.Options.Health.CheckTool ?? WorkerAbilities.HealthCheckTool;
        try
        {
            var check = new KernelStep(StepKind.SubmitCheck, 0) { Worker = worker.Key };
            if (calls.Submit(tool, default, tool, pool.Options.Health.LivenessTimeout, check) is not { } call)
            {
                return; // it is busy: another check follows
            }
            await call.Completion.ConfigureAwait(false);
            try
            {
                Judge(worker, call);
            }
            finally
            {
                call.TryReset();
            }
        }
        catch (Exception e)
        {
            Fail(worker, Shown.Message(e).Replace(WorkerAbilities.HealthCheckTool, "health_check()", StringComparison.Ordinal));
        }
    }

    /// <summary>A worker owes a pong.</summary>
    public void OnUnresponsive(PoolWorker worker)
    {
        worker.MissedPing = new MissedPing(pool.Clock.Now, ProcessActivity.Read(worker.Pid));
        pool.Reporter.Unresponsive(worker, pool.Options.Health.LivenessTimeout);
    }

    /// <summary>Returns what an unresponsive worker's process has done meanwhile; null when nothing is known.</summary>
    public Unresponsiveness? Describe(PoolWorker worker, long now)
    {
        if (worker.MissedPing is not { } missed || ProcessActivity.Read(worker.Pid) is not { } present)
        {
            return null;
        }
        TimeSpan elapsed = pool.Clock.Elapsed(missed.Since, now);
        ProcessActivity before = missed.Activity ?? present;
        return new Unresponsiveness
        {
            Elapsed = elapsed + pool.Options.Health.LivenessTimeout,
            ProcessState = present.State,
            CpuTime = present.CpuTime - before.CpuTime,
            RunDelay = present.RunDelay - before.RunDelay,
            Verdict = present.Judge(before, elapsed),
        };
    }

    private void Judge(PoolWorker worker, UnaryCall call)
    {
        if (call.End.Outcome is Outcome.WorkerLostMayHaveRun or Outcome.WorkerLostNotStarted or Outcome.PoolStopping or Outcome.Cancelled)
        {
            return; // its end is reported separately
        }
        if (call.End is not { Outcome: Outcome.Replied, Kind: ReplyKind.Result })
        {
            throw errors.Ended(call, facts.Read(call.End.Outcome, call.Input));
        }
        if (pool.Codecs.Of(call.ReplyFormat).Read<object?>(call.Reply) is false)
        {
            Fail(worker, pool.Options.Health.CheckTool is { } tool ? $"'{tool}' returned false" : "health_check() returned false");
            return;
        }
        limits.Clear(worker, Reason.HealthCheckFailed);
    }

    private void Fail(PoolWorker worker, string detail)
    {
        worker.CheckDetail = detail;
        pool.Reporter.HealthCheckFailed(worker, HealthFailureReason.CheckFailed, detail);
        limits.Reach(worker, Reason.HealthCheckFailed);
    }
}
