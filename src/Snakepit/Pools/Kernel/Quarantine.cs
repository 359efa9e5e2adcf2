namespace Snakepit.Pools.Kernel;

/// <summary>
/// Suspect inputs, by a hash of tool and arguments. An input that has crashed several workers without an answer in between is kept away
/// from workers for a time. After that, the next crash is enough.
/// </summary>
internal sealed class Quarantine(PoolPlan plan)
{
    private const int MaxSuspects = 256;
    private readonly List<Suspect> _suspects = [];

    public IReadOnlyList<Suspect> Suspects => _suspects;

    /// <summary>Returns whether calls with that input must not reach a worker now.</summary>
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

    /// <summary>Records that a worker has died of the input, or may have.</summary>
    /// <returns>Whether the input enters quarantine with this.</returns>
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
            _suspects.RemoveAt(0); // the one whose last crash is the oldest
        }
        bool isHeld = suspect.Deaths + 1 >= plan.QuarantineAfter;
        long until = isHeld ? PoolKernel.SafeAdd(now, plan.QuarantineTime) : 0;
        _suspects.Add(
            suspect with
            {
                Deaths = suspect.Deaths + 1,
                Until = until,
                ForgottenAt = PoolKernel.SafeAdd(Math.Max(now, until), plan.QuarantineTime),
            });
        return isHeld && now >= suspect.Until;
    }

    /// <summary>Clears an input that a worker has answered.</summary>
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
/// <param name="Deaths">The crashes since it was last answered.</param>
/// <param name="Since">The time of the first of these crashes.</param>
/// <param name="Until">The end of its quarantine; 0 when it is not in quarantine.</param>
/// <param name="ForgottenAt">The time at which it is no suspect any more, unless another worker dies of it.</param>
internal readonly record struct Suspect(ulong Input, int Deaths, long Since, long Until, long ForgottenAt)
{
    public static Suspect Exchange(in Suspect suspect, KernelImage image) => new(
        image.Of(suspect.Input), image.Of(suspect.Deaths), image.Of(suspect.Since), image.Of(suspect.Until), image.Of(suspect.ForgottenAt));
}
