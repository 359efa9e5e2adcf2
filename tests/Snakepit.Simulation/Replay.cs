using Snakepit.Pools;
using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>The decisions of a new kernel for the steps of a live one.</summary>
/// <param name="Steps">The steps, with the decisions of the new kernel.</param>
/// <param name="FirstDifference">The index of the first step in which the new kernel decided differently, or -1.</param>
internal sealed record Replay(IReadOnlyList<TraceStep> Steps, int FirstDifference)
{
    /// <summary>Replays the steps from the state at the beginning of the dump, up to the first difference.</summary>
    /// <exception cref="ArgumentException">The state is not from a kernel of this version.</exception>
    public static Replay Run(TraceDump dump)
    {
        PoolKernel kernel = KernelImage.Load(dump.Image, dump.Plan);
        var fx = new EffectList();
        var steps = new List<TraceStep>(dump.Steps.Length);
        foreach (RecordedStep recorded in dump.Steps)
        {
            fx.Clear();
            StepAnswer answer = recorded.Step.Apply(kernel, fx);
            steps.Add(new TraceStep(recorded.Step, answer.Admission, [.. fx.Commands, .. fx.Actions]));
            if (StepDigest.Of(answer, fx.Commands, fx.Actions, kernel.NextWake) != recorded.Digest)
            {
                return new Replay(steps, steps.Count - 1);
            }
        }
        return new Replay(steps, -1);
    }
}
