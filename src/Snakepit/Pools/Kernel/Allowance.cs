namespace Snakepit.Pools.Kernel;

/// <summary>A pool's share of what the pools of a runtime have together, as it was last told.</summary>
/// <param name="Workers">The number of slots in which workers may start. More workers that are there stay.</param>
/// <param name="MayOverlap">Whether there is memory for a replacement beside the old worker, now or when others have ended.</param>
/// <param name="Replacements">The number of workers that may be replaced at once.</param>
internal readonly record struct Allowance(int Workers, bool MayOverlap, int Replacements)
{
    /// <summary>Returns the share that a pool begins with: one worker where memory is shared, and no replacement where those are.</summary>
    public static Allowance First(bool sharesMemory, bool sharesReplacements) =>
        new(sharesMemory ? 1 : int.MaxValue, true, sharesReplacements ? 0 : int.MaxValue);
}
