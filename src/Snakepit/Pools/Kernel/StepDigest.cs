namespace Snakepit.Pools.Kernel;

/// <summary>64 bits that stand for all a kernel decided in one step: whether another kernel decides the same is seen without keeping the effects.</summary>
internal static class StepDigest
{
    private const ulong Seed = 0x9E3779B97F4A7C15;
    private const ulong Odd = 0xBF58476D1CE4E5B9;

    /// <param name="answer">What the step answered.</param>
    /// <param name="commands">Those of this step.</param>
    /// <param name="actions">Those of this step.</param>
    /// <param name="nextWake">When the kernel wants to be woken after it.</param>
    public static ulong Of(in StepAnswer answer, ReadOnlySpan<Effect> commands, ReadOnlySpan<Effect> actions, long nextWake)
    {
        ulong digest = Fold(Seed ^ (ulong)nextWake, Odd ^ (answer.IsOutcome ? 1UL : 0));
        Admission admission = answer.Admission;
        digest = Fold(digest ^ admission.Call.Value, Odd ^ (ulong)admission.Rejection ^ ((ulong)(uint)admission.QueueLength << 8) ^ ((ulong)(uint)admission.Limit << 40));
        return Of(actions, Of(commands, digest));
    }

    private static ulong Of(ReadOnlySpan<Effect> effects, ulong digest)
    {
        foreach (ref readonly Effect effect in effects)
        {
            ulong what = (ulong)effect.Kind ^ ((ulong)effect.Reason << 8) ^ ((ulong)effect.Outcome << 16) ^ ((ulong)(uint)effect.Worker.Slot << 32);
            digest = Fold(digest ^ what, Odd ^ (uint)effect.Worker.Generation);
            digest = Fold(digest ^ effect.Call.Value, Odd ^ (ulong)effect.Argument);
        }
        return digest;
    }

    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
