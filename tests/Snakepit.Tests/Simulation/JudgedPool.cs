using Snakepit.Pools.Kernel;
using Snakepit.Simulation;

namespace Snakepit.Tests.Simulation;

/// <summary>A kernel whose every step is judged by the rules of the simulator, and whose events a test chooses.</summary>
/// <param name="plan">The settings.</param>
/// <param name="kernelPlan">The settings of a kernel that breaks a rule; null for those of the pool.</param>
internal sealed class JudgedPool(PoolPlan plan, PoolPlan? kernelPlan = null)
{
    private readonly PoolKernel _kernel = new(kernelPlan ?? plan, seed: 1);
    private readonly Ledger _ledger = new(plan);
    private readonly Invariants _invariants = new(plan);
    private readonly EffectList _fx = new();
    private PoolView _before = new();
    private PoolView _after = new();

    public int Ready => _after.Ready;

    /// <summary>Starts the pool; all its workers become ready.</summary>
    public void Start(long now) => Boot(now, Launch(now));

    /// <summary>Starts the pool, and none of its workers yet.</summary>
    public Effect[] Launch(long now) => Step(new KernelStep(StepKind.Start, now));

    /// <summary>The launched workers become ready, and those that are launched because of it.</summary>
    /// <returns>What follows from it.</returns>
    public Effect[] Boot(long now, Effect[] effects)
    {
        var all = new List<Effect>();
        foreach (Effect launch in effects.Where(static e => e.Kind == EffectKind.Launch))
        {
            Signal(now, SignalKind.Begun, launch.Worker);
            Signal(now, SignalKind.Launched, launch.Worker);
            Effect[] more = Signal(now, SignalKind.Ready, launch.Worker);
            all.AddRange(more);
            all.AddRange(Boot(now, more));
        }
        return [.. all];
    }

    public Effect[] Submit(long now, long deadline = long.MaxValue) => Submit(now, new CallSpec(deadline, Idempotent: false));

    public Effect[] Submit(long now, CallSpec spec) => Step(new KernelStep(StepKind.Submit, now) { Spec = spec });

    public Effect[] Reply(long now, WorkerKey worker, CallKey call) =>
        Step(new KernelStep(StepKind.Replied, now) { Worker = worker, Call = call });

    public Effect[] Limit(long now, WorkerKey worker, Reason reason) =>
        Step(KernelStep.Of(now, new WorkerSignal(SignalKind.LimitReached, worker, Reason: reason)));

    public Effect[] Exit(long now, WorkerKey worker, params CallKey[] begun) =>
        Step(new KernelStep(StepKind.Exited, now) { Worker = worker, Begun = begun });

    public Effect[] Tick(long now) => Step(new KernelStep(StepKind.Tick, now));

    private Effect[] Signal(long now, SignalKind kind, WorkerKey worker) => Step(KernelStep.Of(now, new WorkerSignal(kind, worker)));

    /// <exception cref="InvariantViolationException">The step breaks a rule.</exception>
    private Effect[] Step(KernelStep input)
    {
        _kernel.CopyTo(_before);
        _fx.Clear();
        Admission admission = input.Apply(_kernel, _fx).Admission;
        _kernel.CopyTo(_after);
        Effect[] effects = [.. _fx.Commands, .. _fx.Actions];
        _ledger.Observe(input, admission, effects, _before, _after);
        _invariants.Check(new Observation
        {
            Input = input,
            Admission = admission,
            Effects = effects,
            Before = _before,
            After = _after,
            Ledger = _ledger,
            NextWake = _kernel.NextWake,
        });
        _ledger.Settle(_after);
        return effects;
    }
}
