namespace Snakepit.Hosting.Rules;

/// <summary>A duration is one that a timer can measure: from a millisecond to 49 days, or infinite where that makes sense.</summary>
internal sealed class DurationRule(string setting, Func<PoolOptions, TimeSpan> read, string remedy, bool mayBeInfinite = false) : IPoolOptionsRule
{
    /// <summary>Timers count milliseconds in 32 bits, which ends a little after 49 days.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(49);

    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);

    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        TimeSpan value = read(options);
        bool valid = value == Timeout.InfiniteTimeSpan ? mayBeInfinite : value >= s_shortest && value <= s_longest;
        if (!valid)
        {
            string rule = $"from {DurationText.Format(s_shortest)} to {DurationText.Format(s_longest)}{(mayBeInfinite ? ", or infinite" : "")}";
            problems.Add($"Pool '{pool}': {setting} is {DurationText.Format(value)}; it must be {rule}. {remedy}");
        }
    }
}
