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
        ],
        SnakepitSection.DefaultsKey, SnakepitSection.PoolsKey);
}
