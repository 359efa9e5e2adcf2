using Snakepit.Pools;
using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>What a new kernel makes of the steps of a live one.</summary>
/// <param name="Steps">The steps, with what the new kernel decided.</param>
/// <param name="FirstDifference">The first step in which it decided otherwise; -1: there is none.</param>
internal sealed record Replay(IReadOnlyList<TraceStep> Steps, int FirstDifference)
{
    /// <summary>Goes on from the state the dump begins with, up to the first step that comes out differently.</summary>
    /// <exception cref="ArgumentException">The state is not one of a kernel of this version.</exception>
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
