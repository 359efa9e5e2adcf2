using Microsoft.Extensions.Logging;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Workers;

/// <summary>
/// A pool's zygote: started when the first worker needs it, replaced when its code changes or its process has ended. Launches wait while it
/// starts. No launch fails because of the zygote: a worker that cannot be forked is spawned.
/// </summary>
internal sealed class Zygote(WorkerBlueprint blueprint, string pool, IZygoteMeans means, TimeProvider time, ILogger logger)
{
    private readonly Lock _gate = new();
    private readonly ZygoteBackoff _backoff = new(time);
    private readonly ZygoteStart _start = new(time, blueprint.ZygotePatience);
    private IZygoteProcess? _serving;
    private long _readyAt;
    private bool _released;

    public void Launch(WorkerStart launch, IWorkerEvents events)
    {
        IZygoteProcess? serving;
        IZygoteProcess? begun = null;
        bool waits = false;
        lock (_gate)
        {
            serving = _serving;
            if (serving is null && (_start.Process is not null ? !_start.IsLate : !_released && _backoff.MayBegin))
            {
                begun = _start.Process is null ? Begin_NeedsLock() : null;
                _start.Wait(launch, events);
                waits = true;
            }
        }
        begun?.Start();
        if (serving is not null)
        {
            serving.Fork(launch, events);
        }
        else if (!waits)
        {
            means.Spawn(launch, events);
        }
    }

    /// <summary>See <see cref="IWorkerStarter.Withdraw"/>.</summary>
    public void Withdraw(IWorkerEvents events)
    {
        bool waited;
        IZygoteProcess? serving;
        lock (_gate)
        {
            waited = _start.Withdraw(events);
            serving = _serving;
        }
        if (waited)
        {
            events.OnExited(ChildExit.Never, []);
        }
        else
        {
            serving?.Withdraw(events);
        }
    }

    /// <summary>
    /// See <see cref="IWorkerStarter.ReplaceZygote"/>. After a refusal a new zygote is tried, because the change may have removed its
    /// cause.
    /// </summary>
    public void Replace(Action onReplaced)
    {
        IZygoteProcess? stale = null;
        IZygoteProcess? begun = null;
        lock (_gate)
        {
            _backoff.Reset();
            _start.IsRenewal = false;
            if (!_released && (_serving is not null || _start.Process is not null))
            {
                stale = _start.Process;
                begun = Begin_NeedsLock();
                _start.TellWhenReplaced(onReplaced);
            }
        }
        stale?.End();
        begun?.Start();
        if (begun is null)
        {
            onReplaced(); // the next launch starts one
        }
    }

    /// <summary>See <see cref="IWorkerStarter.RetireZygote"/>.</summary>
    public void Retire()
    {
        IZygoteProcess?[] all;
        ZygoteChange change;
        lock (_gate)
        {
            _released = true;
            all = [_serving, _start.Process];
            change = EndStart_NeedsLock(null);
        }
        Array.ForEach(all, static process => process?.End());
        change.Waiting.ForEach(one => means.Spawn(one.Launch, one.Events));
        change.Replacing.ForEach(static onReplaced => onReplaced());
    }

    public void Release()
    {
        IZygoteProcess?[] all;
        lock (_gate)
        {
            _released = true;
            all = [_serving, _start.Process];
            _serving = null;
            _start.Release();
        }
        Array.ForEach(all, static process => process?.Release());
    }

    internal void OnReady(IZygoteProcess process, string modules)
    {
        ZygoteChange change;
        TimeSpan elapsed;
        lock (_gate)
        {
            if (process != _start.Process)
            {
                return;
            }
            _start.IsRenewal = false;
            _readyAt = time.GetTimestamp();
            elapsed = _start.Elapsed;
            change = EndStart_NeedsLock(process);
        }
        logger.ZygoteReady(pool, process.ProcessId, elapsed, modules.Length == 0 ? "no module" : modules);
        change.Waiting.ForEach(one => process.Fork(one.Launch, one.Events));
        change.Finish();
    }

    internal void OnRefused(IZygoteProcess process, string reason)
    {
        ZygoteChange change;
        lock (_gate)
        {
            if (process != _start.Process)
            {
                return;
            }
            _backoff.NoteRefused(_start.IsRenewal);
            change = EndStart_NeedsLock(null);
        }
        logger.ZygoteRefused(pool, reason);
        change.Waiting.ForEach(one => means.Spawn(one.Launch, one.Events));
        change.Finish();
    }

    /// <summary>
    /// A file that it has imported has changed, so launches wait for the next zygote. Its workers continue, and it has no more work.
    /// </summary>
    internal void OnOutdated(IZygoteProcess process, string file)
    {
        IZygoteProcess? begun = null;
        lock (_gate)
        {
            if (process != _serving)
            {
                return;
            }
            _serving = null;
            _start.IsRenewal = true;
            begun = _released || _start.Process is not null ? null : Begin_NeedsLock();
        }
        logger.ZygoteOutdated(pool, process.ProcessId, file);
        process.End();
        begun?.Start();
    }

    internal void OnEnded(IZygoteProcess process, string cause)
    {
        ZygoteChange? change = null;
        TimeSpan backoff;
        lock (_gate)
        {
            if (process == _serving)
            {
                _serving = null;
                backoff = _backoff.NoteLost(_readyAt);
            }
            else if (process == _start.Process)
            {
                change = EndStart_NeedsLock(null);
                backoff = _backoff.NoteLost(readyAt: null);
            }
            else
            {
                return;
            }
        }
        logger.ZygoteLost(pool, process.ProcessId, cause, backoff, process.LastOutput.Length == 0 ? "none" : process.LastOutput);
        change?.Waiting.ForEach(one => means.Spawn(one.Launch, one.Events));
        change?.Finish();
    }

    /// <summary>Its imports take too long. It may still get ready; until then workers start without it.</summary>
    private void OnLate()
    {
        List<WaitingLaunch> waiting;
        lock (_gate)
        {
            if (_start.Process is null || _released)
            {
                return;
            }
            waiting = _start.NoteLate();
        }
        logger.ZygoteLate(pool, blueprint.ZygotePatience);
        waiting.ForEach(one => means.Spawn(one.Launch, one.Events));
    }

    private IZygoteProcess Begin_NeedsLock()
    {
        IZygoteProcess process = means.CreateZygote(blueprint, pool, this);
        _start.Begin(process, OnLate);
        return process;
    }

    private ZygoteChange EndStart_NeedsLock(IZygoteProcess? successor)
    {
        ZygoteChange change = _start.End(_serving);
        _serving = successor;
        return change;
    }
}
