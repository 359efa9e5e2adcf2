namespace Snakepit.Pools.Kernel;

/// <summary>What a pool needs of what the pools of a runtime have together.</summary>
/// <param name="Workers">The number of workers that it is to have, spares included.</param>
/// <param name="Replacing">The number of workers that it replaces.</param>
/// <param name="Asked">The number of workers that it would replace at once if only its own options limited it.</param>
internal readonly record struct PoolNeeds(int Workers, int Replacing, int Asked);
