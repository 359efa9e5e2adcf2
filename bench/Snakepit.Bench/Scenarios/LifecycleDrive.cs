using System.Diagnostics;
using Snakepit.Pools;
using Snakepit.Pools.Kernel;

namespace Snakepit.Bench.Scenarios;

/// <summary>
/// Drives a kernel through its workers' lives, with its steps recorded: one worker after another is replaced, and its replacement dies and
/// is started again.
/// </summary>
internal sealed class LifecycleDrive
{
    /// <summary>How many steps a turn takes.</summary>
    public const int StepsPerTurn = 12;

    private static readonly long s_step = Math.Max(1, Stopwatch.Frequency / 1_000);
    private readonly PoolKernel _kernel;
    private readonly KernelTrace _trace;
    private readonly EffectList _effects = new();
    private readonly int _workers;
    private long _now = 1;
    private int _slot;

    public LifecycleDrive(int workers)
    {
        _workers = workers;
        var options = new PoolOptions { Size = workers };
        options.Start.MaxConcurrent = workers;
        options.Health.PingInterval = Timeout.InfiniteTimeSpan; // the more workers, the more of them are asked in a time
        var plan = PoolPlan.FromOptions(options, Stopwatch.Frequency);
        _kernel = new PoolKernel(plan, seed: 1);
        _trace = new KernelTrace(_kernel, plan, seed: 1);
        List<WorkerKey> launched = Step(new KernelStep(StepKind.Start, _now));
        while (launched.Count > 0)
        {
            launched = [.. launched.SelectMany(Boot)]; // the first ready workers let further ones start
        }
    }

    public void Run(int turns)
    {
        for (int i = 0; i < turns; i++)
        {
            Turn();
        }
    }

    private void Turn()
    {
        _slot = (_slot + 1) % _workers;
        WorkerKey old = _kernel.CurrentOf(_slot);
        WorkerKey next = Launched(new KernelStep(StepKind.Command, _now) { Command = new PoolCommand(CommandKind.Recycle, _slot) });
        Boot(next);
        Step(new KernelStep(StepKind.Exited, _now) { Worker = old });
        var submission = new KernelStep(StepKind.Submit, _now) { Spec = new CallSpec(long.MaxValue, Idempotent: false) };
        Admission call = _trace.Apply(submission, _effects).Admission;
        WorkerKey runs = _effects.Commands[0].Worker; // a worker that has answered may die without holding up starts
        Step(new KernelStep(StepKind.Replied, _now) { Worker = runs, Call = call.Call });
        Boot(Launched(new KernelStep(StepKind.Exited, _now) { Worker = runs }));
        Step(new KernelStep(StepKind.Tick, _now));
    }

    private List<WorkerKey> Boot(WorkerKey worker)
    {
        Step(KernelStep.Of(_now, new WorkerSignal(SignalKind.Begun, worker)));
        Step(KernelStep.Of(_now, new WorkerSignal(SignalKind.Launched, worker)));
        return Step(KernelStep.Of(_now, new WorkerSignal(SignalKind.Ready, worker, CanRecall: true)));
    }

    private WorkerKey Launched(KernelStep step) =>
        Step(step) is [var worker] ? worker : throw new InvalidRunException("The kernel did not start a worker in place of another.");

    /// <returns>The workers that are launched.</returns>
    private List<WorkerKey> Step(KernelStep step)
    {
        _now += s_step;
        _trace.Apply(step, _effects);
        List<WorkerKey> launched = [];
        foreach (ref readonly Effect effect in _effects.Actions)
        {
            if (effect.Kind == EffectKind.Launch)
            {
                launched.Add(effect.Worker);
            }
        }
        _effects.Clear();
        return launched;
    }
}
