namespace Snakepit.Pools.Kernel;

/// <summary>
/// Inputs that workers died of, by a hash of tool and arguments. One that has killed so many without having been answered in between is kept away
/// from workers for a time; after that the next death is enough.
/// </summary>
internal sealed class Quarantine(PoolPlan plan)
{
    private const int MaxSuspects = 256;
    private readonly List<Suspect> _suspects = [];

    public IReadOnlyList<Suspect> Suspects => _suspects;

    /// <summary>No call with that input is to reach a worker now.</summary>
    public bool Holds(ulong input, long now)
    {
        foreach (Suspect suspect in _suspects)
        {
            if (suspect.Input == input && now < suspect.Until)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>A worker has died of it, or may have.</summary>
    /// <returns>Whether it is in quarantine from now on, and was not before.</returns>
    public bool Accuse(ulong input, long now)
    {
        if (input == 0 || plan.QuarantineAfter == 0)
        {
            return false;
        }
        _suspects.RemoveAll(suspect => now > suspect.ForgottenAt);
        int index = _suspects.FindIndex(suspect => suspect.Input == input);
        Suspect suspect = index < 0 ? new Suspect(input, 0, now, 0, 0) : _suspects[index];
        if (index >= 0)
        {
            _suspects.RemoveAt(index);
        }
        else if (_suspects.Count == MaxSuspects)
        {
            _suspects.RemoveAt(0); // whose last death is longest ago
        }
        bool isHeld = suspect.Deaths + 1 >= plan.QuarantineAfter;
        long until = isHeld ? PoolKernel.SafeAdd(now, plan.QuarantineTime) : 0;
        _suspects.Add(suspect with { Deaths = suspect.Deaths + 1, Until = until, ForgottenAt = PoolKernel.SafeAdd(Math.Max(now, until), plan.QuarantineTime) });
        return isHeld && now >= suspect.Until;
    }

    /// <summary>A worker has answered it, and lives.</summary>
    public void Clear(ulong input) => _suspects.RemoveAll(suspect => suspect.Input == input);

    public void Clear() => _suspects.Clear();

    public void Exchange(KernelImage image)
    {
        int count = image.Of(_suspects.Count);
        for (int i = 0; i < count; i++)
        {
            Suspect suspect = Suspect.Exchange(image.IsLoading ? default : _suspects[i], image);
            if (image.IsLoading)
            {
                _suspects.Add(suspect);
            }
        }
    }
}

/// <param name="Input">The hash.</param>
/// <param name="Deaths">Workers it has killed since it was last answered.</param>
/// <param name="Since">The first of these deaths.</param>
/// <param name="Until">The end of its quarantine; 0: not in quarantine.</param>
/// <param name="ForgottenAt">When it is no suspect any more, if no worker dies of it before.</param>
internal readonly record struct Suspect(ulong Input, int Deaths, long Since, long Until, long ForgottenAt)
{
    public static Suspect Exchange(in Suspect suspect, KernelImage image) => new(
        image.Of(suspect.Input), image.Of(suspect.Deaths), image.Of(suspect.Since), image.Of(suspect.Until), image.Of(suspect.ForgottenAt));
}
