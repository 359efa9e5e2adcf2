using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>
/// Records a kernel: every step goes through here. The record has two chapters, each with the kernel's state at its beginning and the steps
/// since. A full chapter displaces the older one, so that there are always at least the last 4,096 steps with a state to replay them from,
/// or all steps since the start.
/// </summary>
internal sealed class KernelTrace(PoolKernel kernel, PoolPlan plan, ulong seed)
{
    private Chapter _older = new();
    private Chapter _newer = new();

    /// <summary>
    /// Called after every step. A test plants a defect by throwing here, when the kernel has changed and its effects are not performed yet.
    /// </summary>
    public Action<KernelStep>? Fault { get; set; }

    /// <summary>Makes a step. Its effects are added to <paramref name="fx"/>.</summary>
    public StepAnswer Apply(in KernelStep step, EffectList fx)
    {
        if (_newer.IsFull)
        {
            (_older, _newer) = (_newer, _older);
            _newer.Begin(kernel);
        }
        ref RecordedStep record = ref _newer.Add(step);
        int commands = fx.Commands.Length;
        int actions = fx.Actions.Length;
        StepAnswer answer = step.Apply(kernel, fx);
        Fault?.Invoke(step);
        record.Digest = StepDigest.Of(answer, fx.Commands[commands..], fx.Actions[actions..], kernel.NextWake);
        return answer;
    }

    public TraceDump Dump()
    {
        Chapter first = _older.IsBegun ? _older : _newer;
        return new TraceDump
        {
            Seed = seed,
            Plan = first.Plan ?? plan,
            Image = first.Image.Words.ToArray(),
            Steps = _older.IsBegun ? [.. _older.Steps, .. _newer.Steps] : [.. _newer.Steps],
        };
    }

    private sealed class Chapter
    {
        private const int LeastLength = 4_096;
        private RecordedStep[] _steps = new RecordedStep[64];
        private int _count;
        private int _length;

        public KernelImage Image { get; } = new();

        /// <summary>The settings at the beginning; null before the chapter is begun.</summary>
        public PoolPlan? Plan { get; private set; }

        public bool IsBegun => _length > 0;

        public bool IsFull => _count == _length;

        public ReadOnlySpan<RecordedStep> Steps => _steps.AsSpan(0, _count);

        public void Begin(PoolKernel kernel)
        {
            Image.Save(kernel);
            Plan = kernel.Plan;
            _count = 0;
            // A large state is saved less often, so that a step costs the copy of one number at most.
            _length = Math.Max(LeastLength, Image.Words.Length);
        }

        public ref RecordedStep Add(in KernelStep step)
        {
            if (_count == _steps.Length)
            {
                Array.Resize(ref _steps, _steps.Length * 2);
            }
            ref RecordedStep record = ref _steps[_count++];
            record.Step = step;
            record.Digest = 0;
            return ref record;
        }
    }
}
