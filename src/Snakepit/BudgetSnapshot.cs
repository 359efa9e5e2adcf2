using System.Globalization;
using System.Text;

namespace Snakepit;

/// <summary>Shows what the pools of a runtime share: memory (<see cref="SnakepitOptions.MemoryBudget"/>) and replacements
/// (<see cref="SnakepitOptions.MaxConcurrentRecycles"/>).</summary>
public sealed record BudgetSnapshot
{
    /// <summary>Gets <see cref="SnakepitOptions.MemoryBudget"/>; null without one.</summary>
    public MemorySize? MemoryBudget { get; init; }

    /// <summary>Gets <see cref="SnakepitOptions.MaxConcurrentRecycles"/>; null for no limit.</summary>
    public int? MaxConcurrentRecycles { get; init; }

    /// <summary>Gets the memory that counts against the budget: that of the workers and zygotes, and what is kept for workers that start or
    /// are to come.</summary>
    public required MemorySize Reserved { get; init; }

    /// <summary>Gets the memory of the workers and zygotes as last measured.</summary>
    public required MemorySize Used { get; init; }

    /// <summary>Gets the number of workers that are being replaced in all pools.</summary>
    public required int Replacing { get; init; }

    /// <summary>Gets the part of each pool.</summary>
    public required IReadOnlyList<PoolBudget> Pools { get; init; }

    /// <summary>Returns the budgets in a few lines: their sums, then each pool.</summary>
    public override string ToString()
    {
        string budget = MemoryBudget is { } most ? $"{most}" : "any amount";
        string recycles = MaxConcurrentRecycles is { } limit ? $"at most {limit.ToString(CultureInfo.InvariantCulture)}" : "any number of";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Reserved} of {budget} of memory reserved, {Used} used; {Replacing} of {recycles} workers being replaced")
            + string.Concat(Pools.Select(static pool => $"\n  {pool}"));
    }
}

/// <summary>Shows the part of a pool in what the pools of a runtime share.</summary>
public sealed record PoolBudget
{
    /// <summary>Gets the name of the pool.</summary>
    public required string Pool { get; init; }

    /// <summary>Gets the memory that one more worker is expected to need: the most that a present worker has had; without a measured
    /// worker, that of the last one that has ended, or <see cref="MemoryOptions.HardLimit"/>, or 64 MiB.</summary>
    public required MemorySize ExpectedFootprint { get; init; }

    /// <summary>Gets the memory that counts against the budget: that of the pool's workers and zygotes, and what is kept for workers that
    /// start or are to come.</summary>
    public required MemorySize Reserved { get; init; }

    /// <summary>Gets the memory of the pool's workers and zygotes as last measured.</summary>
    public required MemorySize Used { get; init; }

    /// <summary>Gets the part of <see cref="Used"/> that workers share with their zygote (<see cref="StartMethod.Zygote"/>): its memory
    /// when it had imported its modules. 0 without a zygote.</summary>
    public MemorySize Zygotes { get; init; }

    /// <summary>Gets the number of workers that the pool has to go without, because the budget has no room for them.</summary>
    public required int WaitingForMemory { get; init; }

    /// <summary>Gets whether workers stop before their replacements start, because the budget has no room for both.</summary>
    public required bool StopsFirst { get; init; }

    /// <summary>Gets the number of workers that are being replaced.</summary>
    public required int Replacing { get; init; }

    /// <summary>Gets the number of workers that are to be replaced and wait for the turn of the pool.</summary>
    public required int WaitingToReplace { get; init; }

    /// <summary>Returns the pool's part in one line.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        string zygotes = Zygotes.Bytes > 0 ? $" ({Zygotes} of it by zygotes)" : "";
        text.Append(
            CultureInfo.InvariantCulture,
            $"Pool '{Pool}' shares memory: {Reserved} reserved, {Used} used{zygotes}, {ExpectedFootprint} for one more worker");
        text.Append(CultureInfo.InvariantCulture, $"; {Replacing} being replaced, {WaitingToReplace} waiting for that");
        if (WaitingForMemory > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"; {WaitingForMemory} wait for memory");
        }
        return text.Append(StopsFirst ? "; workers stop before their replacements start" : "").ToString();
    }
}
