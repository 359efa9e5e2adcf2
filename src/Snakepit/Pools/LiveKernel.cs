using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>
/// The pool's kernel with its trace. After a defect, an empty kernel takes the place of the old one. Used under the pool's lock.
/// </summary>
internal sealed class LiveKernel
{
    private ulong _seed;
    private KernelTrace _trace;

    public LiveKernel(PoolPlan plan, ulong seed)
    {
        _seed = seed;
        Kernel = new PoolKernel(plan, seed);
        _trace = new KernelTrace(Kernel, plan, seed);
    }

    /// <summary>The settings in force.</summary>
    public PoolPlan Plan => Kernel.Plan;

    /// <summary>For reads only. Steps are made with <see cref="Apply"/>.</summary>
    public PoolKernel Kernel { get; private set; }

    /// <summary>The counts of earlier kernels, and what was counted without a kernel.</summary>
    public PoolCounts Earlier { get; private set; }

    /// <inheritdoc cref="KernelTrace.Fault"/>
    public Action<KernelStep>? Fault
    {
        get => _trace.Fault;
        set => _trace.Fault = value;
    }

    public StepAnswer Apply(in KernelStep step, EffectList fx) => _trace.Apply(step, fx);

    public TraceDump Dump() => _trace.Dump();

    /// <summary>A call was rejected before it reached the kernel.</summary>
    public void CountRejected() => Earlier = Earlier with { Rejected = Earlier.Rejected + 1 };

    /// <summary>Starts again with an empty kernel.</summary>
    /// <param name="lastGeneration">The last generation of a worker of the pool.</param>
    public void Replace(int lastGeneration)
    {
        Earlier = Earlier.Plus(Kernel.Counts);
        PoolPlan plan = Plan with { Size = Kernel.Target, EarlierGenerations = lastGeneration };
        Kernel = new PoolKernel(plan, ++_seed);
        _trace = new KernelTrace(Kernel, plan, _seed) { Fault = _trace.Fault };
    }
}
