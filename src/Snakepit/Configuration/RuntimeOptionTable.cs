namespace Snakepit.Configuration;

/// <summary>Every setting of the runtime, one row each, as in <see cref="PoolOptionTable"/>.</summary>
internal static class RuntimeOptionTable
{
    public static OptionTable<SnakepitOptions> Table { get; } = new(
        [
            new ScalarOption<SnakepitOptions, StartPolicy>(
                "StartPolicy", new ChoiceType<StartPolicy>(), static o => o.StartPolicy, static (o, v) => o.StartPolicy = v,
                $"one of {ChoiceType<StartPolicy>.Names}")
            {
                Effect = ReloadEffect.Restart,
            },
            new ScalarOption<SnakepitOptions, int?>(
                "MaxConcurrentStarts", new NullableType<int>(new RangeType<int>(OptionText.Number) { Least = 1 }),
                static o => o.MaxConcurrentStarts, static (o, v) => o.MaxConcurrentStarts = v,
                "the number of workers that may be starting at once, such as 8, or to null for twice the processor count")
            {
                Effect = ReloadEffect.Restart,
            },
            new ScalarOption<SnakepitOptions, MemorySize?>(
                "MemoryBudget", new NullableType<MemorySize>(new RangeType<MemorySize>(OptionText.Size) { Least = MemorySize.FromMiB(1) }),
                static o => o.MemoryBudget, static (o, v) => o.MemoryBudget = v,
                "the memory that all workers may have together, such as '8GiB', or to null for no limit")
            {
                Effect = ReloadEffect.Restart,
            },
            new ScalarOption<SnakepitOptions, int?>(
                "MaxConcurrentRecycles", new NullableType<int>(new RangeType<int>(OptionText.Number) { Least = 1 }),
                static o => o.MaxConcurrentRecycles, static (o, v) => o.MaxConcurrentRecycles = v,
                "the number of workers that may be replaced at once in all pools, such as 2, or to null for no limit")
            {
                Effect = ReloadEffect.Restart,
            },
        ],
        SnakepitSection.DefaultsKey, SnakepitSection.PoolsKey);
}
