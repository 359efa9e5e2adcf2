using Microsoft.Extensions.Logging;
using Snakepit.Processes;
using Snakepit.Telemetry;

namespace Snakepit.Workers;

/// <summary>
/// A pool's zygote: started when the first worker wants it, replaced when its code changes or it is lost. Launches wait while it gets ready; none
/// fails because of it: what cannot be forked is spawned.
/// </summary>
internal sealed class Zygote(WorkerBlueprint blueprint, string pool, IZygoteMeans means, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan s_firstBackoff = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_maxBackoff = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_proven = TimeSpan.FromMinutes(1); // one that lived so long does not keep dying
    private readonly Lock _gate = new();
    private List<Waiting> _waiting = [];
    private IZygoteProcess? _serving;
    private IZygoteProcess? _coming;
    private List<Action> _replacing = []; // told when what is forked or spawned from then on is up to date
    private long _startedAt;
    private long _readyAt;
    private long _lostAt;
    private TimeSpan _backoff;
    private int _losses;
    private bool _refused;
    private bool _renews; // the one that is coming stands in for one that was ready; what it finds may be half of a change
    private bool _late; // the one that is coming: nobody waits for it any more
    private ITimer? _patience;
    private bool _released;

    public void Launch(WorkerLaunch launch, IWorkerEvents events)
    {
        IZygoteProcess? serving;
        IZygoteProcess? begun = null;
        bool waits = false;
        lock (_gate)
        {
            serving = _serving;
            if (serving is null && (_coming is not null ? !_late : MayBegin_NeedsLock()))
            {
                begun = _coming is null ? Begin_NeedsLock() : null;
                _waiting.Add(new Waiting(launch, events));
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

    /// <summary>See <see cref="IWorkerLauncher.Withdraw"/>.</summary>
    public void Withdraw(IWorkerEvents events)
    {
        bool waited;
        IZygoteProcess? serving;
        lock (_gate)
        {
            waited = _waiting.RemoveAll(waiting => waiting.Events == events) > 0;
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

    /// <summary>See <see cref="IWorkerLauncher.ReplaceZygote"/>. What was refused is tried again: the change may have been the remedy.</summary>
    public void Replace(Action onReplaced)
    {
        IZygoteProcess? stale = null;
        IZygoteProcess? begun = null;
        lock (_gate)
        {
            _refused = _renews = false;
            _losses = 0;
            _backoff = TimeSpan.Zero;
            if (!_released && (_serving is not null || _coming is not null))
            {
                stale = _coming;
                begun = Begin_NeedsLock();
                _replacing.Add(onReplaced);
            }
        }
        stale?.End();
        begun?.Start();
        if (begun is null)
        {
            onReplaced(); // the next launch begins one
        }
    }

    public void Release()
    {
        IZygoteProcess?[] all;
        lock (_gate)
        {
            _released = true;
            _patience?.Dispose();
            all = [_serving, _coming];
            _serving = _coming = null;
            _waiting.Clear();
            _replacing.Clear();
        }
        Array.ForEach(all, static process => process?.Release());
    }

    internal void OnReady(IZygoteProcess process, string modules)
    {
        Change change;
        TimeSpan elapsed;
        lock (_gate)
        {
            if (process != _coming)
            {
                return;
            }
            _renews = false;
            _readyAt = time.GetTimestamp();
            elapsed = time.GetElapsedTime(_startedAt, _readyAt);
            change = EndComing_NeedsLock(process);
        }
        logger.ZygoteReady(pool, process.ProcessId, elapsed, modules.Length == 0 ? "no module" : modules);
        change.Waiting.ForEach(one => process.Fork(one.Launch, one.Events));
        Finish(change);
    }

    internal void OnRefused(IZygoteProcess process, string reason)
    {
        Change change;
        lock (_gate)
        {
            if (process != _coming)
            {
                return;
            }
            _refused = !_renews;
            _backoff = _renews ? BackoffAfter(++_losses) : _backoff;
            _lostAt = time.GetTimestamp();
            change = EndComing_NeedsLock(null);
        }
        logger.ZygoteRefused(pool, reason);
        change.Waiting.ForEach(one => means.Spawn(one.Launch, one.Events));
        Finish(change);
    }

    /// <summary>What it has imported has changed: launches wait for the next. Its workers go on; it has nothing left to do.</summary>
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
            _renews = true;
            begun = _released || _coming is not null ? null : Begin_NeedsLock();
        }
        logger.ZygoteOutdated(pool, process.ProcessId, file);
        process.End();
        begun?.Start();
    }

    internal void OnEnded(IZygoteProcess process, string cause)
    {
        Change? change = null;
        TimeSpan backoff;
        lock (_gate)
        {
            if (process == _serving)
            {
                _serving = null;
                _losses = time.GetElapsedTime(_readyAt) >= s_proven ? 0 : _losses;
            }
            else if (process == _coming)
            {
                change = EndComing_NeedsLock(null);
            }
            else
            {
                return;
            }
            backoff = _backoff = BackoffAfter(_losses++);
            _lostAt = time.GetTimestamp();
        }
        logger.ZygoteLost(pool, process.ProcessId, cause, backoff, process.LastOutput.Length == 0 ? "none" : process.LastOutput);
        change?.Waiting.ForEach(one => means.Spawn(one.Launch, one.Events));
        Finish(change);
    }

    /// <summary>Its imports take long, or for ever. It may still get ready; until then workers do without.</summary>
    private void OnLate()
    {
        List<Waiting> waiting;
        lock (_gate)
        {
            if (_coming is null || _released)
            {
                return;
            }
            _late = true;
            waiting = _waiting;
            _waiting = [];
        }
        logger.ZygoteLate(pool, blueprint.ZygotePatience);
        waiting.ForEach(one => means.Spawn(one.Launch, one.Events));
    }

    private static void Finish(Change? change)
    {
        change?.Outdated?.End();
        change?.Replacing.ForEach(static onReplaced => onReplaced());
    }

    private static TimeSpan BackoffAfter(int losses) =>
        losses == 0 ? TimeSpan.Zero : s_firstBackoff * Math.Min(Math.Pow(4, losses - 1), s_maxBackoff / s_firstBackoff);

    private bool MayBegin_NeedsLock() => !_released && !_refused && (_losses == 0 || time.GetElapsedTime(_lostAt) >= _backoff);

    private IZygoteProcess Begin_NeedsLock()
    {
        _startedAt = time.GetTimestamp();
        _late = false;
        _patience?.Dispose();
        _patience = time.CreateTimer(_ => OnLate(), null, blueprint.ZygotePatience, Timeout.InfiniteTimeSpan);
        return _coming = means.CreateZygote(blueprint, pool, this);
    }

    /// <summary>However it went, nobody waits for it any more, and the one before it has served.</summary>
    private Change EndComing_NeedsLock(IZygoteProcess? successor)
    {
        _patience?.Dispose();
        var change = new Change(_waiting, _serving, _replacing);
        (_serving, _coming) = (successor, null);
        (_waiting, _replacing) = ([], []);
        return change;
    }

    private readonly record struct Waiting(WorkerLaunch Launch, IWorkerEvents Events);

    private sealed record Change(List<Waiting> Waiting, IZygoteProcess? Outdated, List<Action> Replacing);
}
