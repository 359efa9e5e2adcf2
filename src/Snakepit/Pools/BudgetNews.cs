using Snakepit.Pools.Kernel;

namespace Snakepit.Pools;

/// <summary>A pool's allowance has changed.</summary>
/// <param name="Allowance">The allowance from now on.</param>
/// <param name="Before">The allowance until now.</param>
/// <param name="Budget">The memory of all pools.</param>
/// <param name="Reserved">The part of it that workers have or that is kept for them.</param>
/// <param name="Expected">The memory to expect of one more worker of the pool.</param>
/// <param name="Wanted">The number of workers that the pool is to have.</param>
internal readonly record struct BudgetNews(
    Allowance Allowance, Allowance Before, MemorySize Budget, MemorySize Reserved, MemorySize Expected, int Wanted)
{
    /// <summary>Whether the pool has to go without a worker from now on.</summary>
    public bool IsShort => Allowance.Workers < Wanted && Allowance.Workers != Before.Workers;

    /// <summary>Whether workers stop before their replacements start from now on.</summary>
    public bool IsTight => Before.MayOverlap && !Allowance.MayOverlap;
}
