using Snakepit.Pools.Kernel;

namespace Snakepit.Simulation;

/// <summary>
/// A second kernel, which continues from a saved state of the first and must decide the same. At random steps it is reset to the state of
/// the first.
/// </summary>
internal sealed class Twin(Scenario scenario, Action<long[]> alter)
{
    private const int StepsPerImage = 30;
    private readonly bool _isOn = SimRandom.For(scenario.Seed, "twin").Chance(250);
    private readonly KernelImage _image = new();
    private readonly EffectList _fx = new();
    private PoolKernel? _kernel;
    private int _steps;

    /// <summary>Copies the state of the first kernel before a step, at random.</summary>
    public void Meet(PoolKernel first)
    {
        if (_isOn && SimRandom.For(scenario.Seed, "image", _steps++).Below(StepsPerImage) == 0)
        {
            _image.Save(first);
            long[] words = _image.Words.ToArray();
            alter(words);
            _kernel = KernelImage.Load(words, first.Plan);
        }
    }

    /// <summary>Makes the same step as the first kernel and compares the decisions.</summary>
    public void Follow(in KernelStep step, in StepAnswer answer, EffectList effects, PoolKernel first)
    {
        if (_kernel is null)
        {
            return;
        }
        _fx.Clear();
        StepAnswer other = step.Apply(_kernel, _fx);
        ulong expected = StepDigest.Of(answer, effects.Commands, effects.Actions, first.NextWake);
        if (StepDigest.Of(other, _fx.Commands, _fx.Actions, _kernel.NextWake) != expected)
        {
            throw new InvariantViolationException(
                "A6_a_kernel_that_goes_on_from_a_saved_state_decides_the_same",
                $"{step}: {Describe(answer, effects, first)} became {Describe(other, _fx, _kernel)}");
        }
    }

    private static string Describe(in StepAnswer answer, EffectList effects, PoolKernel kernel) =>
        $"{answer.Admission} [{string.Join(", ", [.. effects.Commands, .. effects.Actions])}], next at {kernel.NextWake}";
}
