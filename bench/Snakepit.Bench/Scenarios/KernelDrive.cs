using System.Diagnostics;
using Snakepit.Pools.Kernel;

namespace Snakepit.Bench.Scenarios;

/// <summary>Drives a kernel as the pool does, its clock 1 µs further with each call.</summary>
internal sealed class KernelDrive
{
    private static readonly long s_step = Math.Max(1, Stopwatch.Frequency / 1_000_000);
    private static readonly long s_timeout = 60 * Stopwatch.Frequency;

    private readonly PoolKernel _kernel;
    private readonly EffectList _effects = new();
    private readonly (WorkerKey Worker, CallKey Call)[] _running;
    private long _now = 1;
    private int _oldest;

    public KernelDrive(int workers)
    {
        var options = new PoolOptions { Size = workers };
        options.Start.MaxConcurrent = workers;
        _kernel = new PoolKernel(PoolPlan.FromOptions(options, Stopwatch.Frequency), seed: 1);
        _running = new (WorkerKey, CallKey)[workers / 2];
        _kernel.Start(_now, _effects);
        StartWorkers();
        for (int i = 0; i < _running.Length; i++)
        {
            _running[i] = Submit();
        }
    }

    /// <summary>So many replies, each to the oldest call, and submissions in their place.</summary>
    public void Run(int calls)
    {
        for (int i = 0; i < calls; i++)
        {
            _now += s_step;
            (WorkerKey worker, CallKey call) = _running[_oldest];
            _kernel.Replied(_now, worker, call, -1, _effects);
            _effects.Clear();
            _running[_oldest] = Submit();
            _oldest = _oldest + 1 < _running.Length ? _oldest + 1 : 0;
            if (_kernel.NextWake <= _now)
            {
                _kernel.Tick(_now, _effects);
                _effects.Clear();
            }
        }
    }

    private (WorkerKey Worker, CallKey Call) Submit()
    {
        Admission admission = _kernel.Submit(_now, new CallSpec(_now + s_timeout, Idempotent: false), _effects);
        if (_effects.Commands is not [{ Kind: EffectKind.Send } send])
        {
            throw new InvalidRunException("The kernel did not assign a call although workers were free.");
        }
        _effects.Clear();
        return (send.Worker, admission.Call);
    }

    private void StartWorkers()
    {
        // The first ready workers let further ones start, so there are launches until all serve.
        for (Effect[] launches = TakeLaunches(); launches.Length > 0; launches = TakeLaunches())
        {
            foreach (Effect launch in launches)
            {
                _kernel.Apply(_now, new WorkerSignal(SignalKind.Launched, launch.Worker), _effects);
                _kernel.Apply(_now, new WorkerSignal(SignalKind.Ready, launch.Worker), _effects);
            }
        }
    }

    private Effect[] TakeLaunches()
    {
        Effect[] launches = [.. _effects.Actions.ToArray().Where(static effect => effect.Kind == EffectKind.Launch)];
        _effects.Clear();
        return launches;
    }
}
