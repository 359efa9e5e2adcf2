using Microsoft.Extensions.Logging;
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
    private IZygoteProcess? _outdated; // forks no more, but still shares memory with its workers; ends when its successor is ready
    private long _startedAt;
    private long _readyAt;
    private long _lostAt;
    private TimeSpan _backoff;
    private int _losses;
    private bool _refused;
    private bool _released;

    public void Launch(WorkerLaunch launch, IWorkerEvents events)
    {
        IZygoteProcess? serving;
        IZygoteProcess? begun = null;
        bool waits = false;
        lock (_gate)
        {
            serving = _serving;
            if (serving is null && (_coming is not null || MayBegin_NeedsLock()))
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
            events.OnExited(default, []);
        }
        else
        {
            serving?.Withdraw(events);
        }
    }

    /// <summary>See <see cref="IWorkerLauncher.ReplaceZygote"/>. What was refused is tried again: the change may have been the remedy.</summary>
    public void Replace()
    {
        IZygoteProcess? stale;
        IZygoteProcess begun;
        lock (_gate)
        {
            _refused = false;
            _losses = 0;
            _backoff = TimeSpan.Zero;
            if (_released || (_serving is null && _coming is null))
            {
                return; // the next launch begins one
            }
            stale = _coming;
            _outdated = _serving ?? _outdated;
            _serving = null;
            begun = Begin_NeedsLock();
        }
        stale?.End();
        begun.Start();
    }

    public void Release()
    {
        IZygoteProcess?[] all;
        lock (_gate)
        {
            _released = true;
            all = [_serving, _coming, _outdated];
            _serving = _coming = _outdated = null;
            _waiting.Clear();
        }
        Array.ForEach(all, static process => process?.Release());
    }

    internal void OnReady(IZygoteProcess process, string modules)
    {
        List<Waiting> waiting;
        IZygoteProcess? outdated;
        TimeSpan elapsed;
        lock (_gate)
        {
            if (process != _coming)
            {
                return;
            }
            (_serving, _readyAt) = (process, time.GetTimestamp());
            elapsed = time.GetElapsedTime(_startedAt, _readyAt);
            (waiting, outdated) = EndComing_NeedsLock();
        }
        logger.ZygoteReady(pool, process.ProcessId, elapsed, modules);
        outdated?.End();
        waiting.ForEach(one => process.Fork(one.Launch, one.Events));
    }

    internal void OnRefused(IZygoteProcess process, string reason)
    {
        List<Waiting> waiting;
        IZygoteProcess? outdated;
        lock (_gate)
        {
            if (process != _coming)
            {
                return;
            }
            _refused = true;
            (waiting, outdated) = EndComing_NeedsLock();
        }
        logger.ZygoteRefused(pool, reason);
        outdated?.End();
        waiting.ForEach(one => means.Spawn(one.Launch, one.Events));
    }

    internal void OnEnded(IZygoteProcess process, string cause)
    {
        List<Waiting> waiting = [];
        IZygoteProcess? outdated = null;
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
                (waiting, outdated) = EndComing_NeedsLock();
            }
            else
            {
                _outdated = process == _outdated ? null : _outdated;
                return;
            }
            backoff = _backoff = BackoffAfter(_losses++);
            _lostAt = time.GetTimestamp();
        }
        logger.ZygoteLost(pool, process.ProcessId, cause, backoff, process.LastOutput);
        outdated?.End();
        waiting.ForEach(one => means.Spawn(one.Launch, one.Events));
    }

    private static TimeSpan BackoffAfter(int losses) =>
        losses == 0 ? TimeSpan.Zero : s_firstBackoff * Math.Min(Math.Pow(4, losses - 1), s_maxBackoff / s_firstBackoff);

    private bool MayBegin_NeedsLock() => !_released && !_refused && (_losses == 0 || time.GetElapsedTime(_lostAt) >= _backoff);

    private IZygoteProcess Begin_NeedsLock()
    {
        _startedAt = time.GetTimestamp();
        return _coming = means.CreateZygote(blueprint, pool, this);
    }

    /// <summary>However it went, nobody waits for it any more.</summary>
    private (List<Waiting> Waiting, IZygoteProcess? Outdated) EndComing_NeedsLock()
    {
        (List<Waiting>, IZygoteProcess?) ended = (_waiting, _outdated);
        _coming = _outdated = null;
        _waiting = [];
        return ended;
    }

    private readonly record struct Waiting(WorkerLaunch Launch, IWorkerEvents Events);
}
