using System.Diagnostics;
using Snakepit.Pools;
using Snakepit.Pools.Kernel;

namespace Snakepit.Bench.Scenarios;

/// <summary>Drives a kernel as the pool does. Its steps are recorded, and its clock advances by 1 µs with each call.</summary>
internal sealed class KernelDrive
{
    private static readonly long s_step = Math.Max(1, Stopwatch.Frequency / 1_000_000);
    private static readonly long s_timeout = 60 * Stopwatch.Frequency;
    private static readonly long s_runTime = 10 * s_step;
    private const int FrameBytes = 100;
    private const int RunsToKnowATool = 8;

    private readonly PoolKernel _kernel;
    private readonly KernelTrace _trace;
    private readonly EffectList _effects = new();
    private readonly (WorkerKey Worker, CallKey Call)[] _running;
    private long _now = 1;
    private int _oldest;

    /// <param name="workers">The number of workers.</param>
    /// <param name="waiting">The number of calls that wait in each channel. At 0, half of the workers have a call, the rest none.</param>
    /// <param name="configure">Changes the default settings.</param>
    public KernelDrive(int workers, int waiting = 0, Action<PoolOptions>? configure = null)
    {
        var options = new PoolOptions { Size = workers };
        configure?.Invoke(options);
        options.Start.MaxConcurrent = workers;
        var plan = PoolPlan.FromOptions(options, Stopwatch.Frequency);
        _kernel = new PoolKernel(plan, seed: 1);
        _trace = new KernelTrace(_kernel, plan, seed: 1);
        _running = new (WorkerKey, CallKey)[waiting == 0 ? workers / 2 : workers * (1 + waiting)];
        _trace.Apply(new KernelStep(StepKind.Start, _now), _effects);
        StartWorkers();
        for (int i = 0; i < RunsToKnowATool; i++)
        {
            Reply(Submit());
        }
        for (int i = 0; i < _running.Length; i++)
        {
            _running[i] = Submit();
        }
    }

    /// <summary>Replies to the oldest call and submits another one, the given number of times.</summary>
    public void Run(int calls)
    {
        for (int i = 0; i < calls; i++)
        {
            _now += s_step;
            Reply(_running[_oldest]);
            _running[_oldest] = Submit();
            _oldest = _oldest + 1 < _running.Length ? _oldest + 1 : 0;
            if (_kernel.NextWake <= _now)
            {
                _trace.Apply(new KernelStep(StepKind.Tick, _now), _effects);
                _effects.Clear();
            }
        }
    }

    private void Reply((WorkerKey Worker, CallKey Call) call)
    {
        _trace.Apply(new KernelStep(StepKind.Replied, _now) { Worker = call.Worker, Call = call.Call, RunTime = s_runTime }, _effects);
        _effects.Clear();
    }

    private (WorkerKey Worker, CallKey Call) Submit()
    {
        var spec = new CallSpec(_now + s_timeout, Idempotent: false, Tool: 1, FrameBytes);
        Admission admission = _trace.Apply(new KernelStep(StepKind.Submit, _now) { Spec = spec }, _effects).Admission;
        if (_effects.Commands is not [{ Kind: EffectKind.Send } send])
        {
            throw new InvalidRunException("The kernel did not assign a call although workers had room.");
        }
        _effects.Clear();
        return (send.Worker, admission.Call);
    }

    private void StartWorkers()
    {
        // The first ready workers let further workers start, so there are launches until all serve.
        for (Effect[] launches = TakeLaunches(); launches.Length > 0; launches = TakeLaunches())
        {
            foreach (Effect launch in launches)
            {
                _trace.Apply(KernelStep.Of(_now, new WorkerSignal(SignalKind.Begun, launch.Worker)), _effects);
                _trace.Apply(KernelStep.Of(_now, new WorkerSignal(SignalKind.Launched, launch.Worker)), _effects);
                _trace.Apply(KernelStep.Of(_now, new WorkerSignal(SignalKind.Ready, launch.Worker, CanRecall: true)), _effects);
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
