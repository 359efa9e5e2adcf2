namespace Snakepit.Pools.Kernel;

/// <summary>
/// A 64-bit digest of what a kernel decided in a step. It shows whether another kernel decides the same, without a copy of the effects.
/// </summary>
internal static class StepDigest
{
    private const ulong Seed = 0x9E3779B97F4A7C15;
    private const ulong Odd = 0xBF58476D1CE4E5B9;

    /// <param name="answer">The answer of the step.</param>
    /// <param name="commands">The commands of the step.</param>
    /// <param name="actions">The actions of the step.</param>
    /// <param name="nextWake">The time at which the kernel wants its next wake.</param>
    public static ulong Of(in StepAnswer answer, ReadOnlySpan<Effect> commands, ReadOnlySpan<Effect> actions, long nextWake)
    {
        Admission admission = answer.Admission;
        ulong said = (answer.IsOutcome ? 1UL : 0) ^ ((ulong)admission.Rejection << 1)
            ^ ((ulong)(uint)admission.QueueLength << 9) ^ ((ulong)(uint)admission.Limit << 36);
        ulong digest = Fold(Seed ^ (ulong)nextWake ^ said, Odd ^ admission.Call.Value);
        return Of(actions, Of(commands, digest));
    }

    private static ulong Of(ReadOnlySpan<Effect> effects, ulong digest)
    {
        foreach (ref readonly Effect effect in effects)
        {
            ulong what = (ulong)effect.Kind ^ ((ulong)effect.Reason << 8) ^ ((ulong)effect.Outcome << 16)
                ^ ((ulong)(uint)effect.Worker.Slot << 24) ^ ((ulong)(uint)effect.Worker.Generation << 40);
            digest = Fold(digest ^ what, Odd ^ effect.Call.Value ^ (effect.Digest * Seed));
        }
        return digest;
    }

    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
